import { methods } from '../../../../contracts/methods.ts';
import type { MethodDescription } from '../../../../contracts/methods.ts';
import { hasSetting, methodOf } from '../draft/draft.ts';
import { isJsonList, valueAt } from '../fields/json.ts';
import type { JsonObject } from '../fields/json.ts';

/** Gradients of one step, in micro-batches: what plain SGD does once. */
export interface StepCost {
  readonly method: MethodDescription;
  readonly gradients: number;
}

/** What a step of a method costs at the sizes of a document; null while they are not numbers. Of a sweep the first value counts. */
export function gradientsPerStep(document: JsonObject, method: MethodDescription): number | null {
  if (method.id === 'small-batch') return method.gradientsPerMicroBatch;
  const batch = firstNumber(document, 'batchSize');
  const micro = firstNumber(document, 'microBatchSize') ?? batch;
  if (batch === null || micro === null || micro < 1) return null;
  const microBatches = Math.ceil(batch / micro);
  const extra = method.gradientsPerMicroBatch - 1;
  // A sampled penalty sees one micro-batch of the step.
  const penalised = hasSetting(method, 'sample') && isSampled(document) ? 1 : microBatches;
  return microBatches + extra * penalised;
}

function isSampled(document: JsonObject): boolean {
  const sample = document['sample'];
  return sample !== undefined && sample !== false && sample !== null;
}

function firstNumber(document: JsonObject, name: string): number | null {
  const value = valueAt(document, [name]);
  const first = isJsonList(value) ? value[0] : value;
  return typeof first === 'number' ? first : null;
}

/** Small batch, large batch and the present method beside each other, at the sizes of a document. */
export function costsToCompare(document: JsonObject): StepCost[] {
  const chosen = methodOf(document);
  const others = methods.filter(
    ({ id }) => id === 'small-batch' || (id === 'large-batch' && chosen?.id !== 'small-batch'),
  );
  const shown = chosen === undefined || others.some(({ id }) => id === chosen.id) ? others : [...others, chosen];
  return shown.flatMap((method) => {
    const gradients = gradientsPerStep(document, method);
    return gradients === null ? [] : [{ method, gradients }];
  });
}
