import type { z } from 'zod';
import { apiCalls } from './api.ts';
import type { ApiHandlers, ApiName, ApiParameters, ApiResult } from './api.ts';
import { parseOrThrow } from './parse.ts';

/** The call table again, in the form that lets a schema be picked by a call's name without losing its type. */
const callTable: { readonly [N in ApiName]: { readonly parameters: z.ZodType<ApiParameters<N>> } } = apiCalls;

export const isApiName = (name: string): name is ApiName => Object.hasOwn(apiCalls, name);

/** Every call, in the order of the table. */
export const apiNames: readonly ApiName[] = Object.keys(apiCalls).filter(isApiName);

/**
 * The calls that only tell what the library holds. Whoever has a link for reading is answered these and no other; a call
 * that is not named here counts as one that changes something, starts a process or looks elsewhere on the disk.
 */
export const readingCalls: ReadonlySet<ApiName> = new Set([
  'host.information',
  'runs.list',
  'runs.get',
  'runs.log',
  'runs.certificate',
  'runs.replay-stop',
  'checkpoints.list',
  'queue.read',
  'metrics.read',
  'compare.summary',
  'sweeps.list',
  'presets.list',
  'datasets.list',
  'datasets.catalogue',
  'datasets.card',
  'traces.list',
  'settings.read',
]);

/** Parses the parameters of a call and answers it. Throws `request/invalid-parameters` naming the fields. */
export function answerCall<N extends ApiName>(
  handlers: ApiHandlers,
  name: N,
  parameters: unknown,
): Promise<ApiResult<N>> {
  const parsed = parseOrThrow(callTable[name].parameters, parameters, {
    code: 'request/invalid-parameters',
    what: `the request ${name}`,
  });
  return handlers[name](parsed);
}
