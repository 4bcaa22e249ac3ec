import { floatingPointOperations } from '../graph/cost.ts';
import { elementCount } from '../graph/shapes.ts';
import { parameterSpecifications } from '../models/model.ts';
import type { Method } from '../methods/method.ts';
import { samplesPenalty, trainingProgram, type ProgramOptions } from './program.ts';

export interface TrainingCost {
  readonly parameters: number;
  /** Floating-point operations of a full step, counted on its graphs. */
  readonly floatingPointOperationsPerStep: number;
  /** Images times backward passes of a full step; a penalised image counts twice. */
  readonly gradientEvaluationsPerStep: number;
}

/** What a step costs, from the program alone: nothing is run. The first size counts as that of a full micro-batch. */
export function trainingCost(options: ProgramOptions): TrainingCost {
  const { model, method, microBatchSizes, microBatches } = options;
  const examples = microBatchSizes[0] ?? 0;
  const { functions } = trainingProgram({ ...options, microBatchSizes: [examples] });
  const operations = (name: string): number => {
    const found = functions[name];
    return found === undefined ? 0 : floatingPointOperations(found.graph);
  };
  const size = String(examples);
  const penalised = samplesPenalty(method) ? 1 : 0;
  return {
    parameters: parameterSpecifications(model).reduce((sum, { shape }) => sum + elementCount(shape), 0),
    floatingPointOperationsPerStep:
      (microBatches - penalised) * operations(`accumulate/${size}`) +
      penalised * operations(`penalise/${size}`) +
      microBatches * operations(`ascend/${size}`) +
      operations('measure') +
      operations('apply'),
    gradientEvaluationsPerStep: gradientEvaluations(
      method,
      Array.from({ length: microBatches }, () => examples),
      0,
    ),
  };
}

/** Images times backward passes of a group of micro-batches with these numbers of images. */
export function gradientEvaluations(method: Method, examples: readonly number[], sampled: number | undefined): number {
  const ofPenalty = method.penalty?.definition.extraGradientEvaluations ?? 0;
  return examples.reduce((sum, count, position) => {
    const penalised = !samplesPenalty(method) || position === sampled;
    return sum + count * (1 + (penalised ? ofPenalty : 0) + (method.ascent === undefined ? 0 : 1));
  }, 0);
}
