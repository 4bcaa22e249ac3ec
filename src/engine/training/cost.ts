import { floatingPointOperations } from '../graph/cost.ts';
import { elementCount } from '../graph/shapes.ts';
import { parameterSpecifications } from '../models/model.ts';
import { trainingProgram, type ProgramOptions } from './program.ts';

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
  return {
    parameters: parameterSpecifications(model).reduce((sum, { shape }) => sum + elementCount(shape), 0),
    floatingPointOperationsPerStep: microBatches * operations(`accumulate/${String(examples)}`) + operations('apply'),
    gradientEvaluationsPerStep:
      microBatches * examples * (1 + (method.penalty?.definition.extraGradientEvaluations ?? 0)),
  };
}
