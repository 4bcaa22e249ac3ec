import { floatingPointOperations } from '../src/engine/graph/cost.ts';
import type { ProgramFunction } from '../src/engine/executors/executor.ts';
import { methodOf } from '../src/engine/methods/index.ts';
import { trainingProgram } from '../src/engine/training/program.ts';
import { microBatchesOfStep } from './engine-cases.ts';
import type { BenchMode, BenchNet } from './engine-cases.ts';

/**
 * Floating-point operations of one call's matrix products and convolutions, counted on the graph as if by the textbook:
 * what a faster algorithm saves counts as done.
 */
export function workOf({ model, examples }: BenchNet, mode: BenchMode): number {
  const penalised = mode === 'penalised' || mode === 'step';
  const { functions } = trainingProgram({
    model,
    method: methodOf(penalised ? { method: 'gradient-norm', lambda: 0.01 } : { method: 'large-batch' }),
    microBatchSizes: [examples],
    microBatches: microBatchesOfStep,
    evaluationSize: examples,
  });
  const call = functions[mode === 'forward' ? 'evaluate' : `accumulate/${String(examples)}`];
  return (mode === 'step' ? microBatchesOfStep : 1) * (call === undefined ? 0 : productsOf(call));
}

function productsOf({ graph }: ProgramFunction): number {
  const rest = graph.nodes.map((node) =>
    node.operation.kind === 'matrixMultiply' || node.operation.kind.startsWith('convolution')
      ? { ...node, operation: { kind: 'fill', value: 0 } as const }
      : node,
  );
  return floatingPointOperations(graph) - floatingPointOperations({ nodes: rest });
}
