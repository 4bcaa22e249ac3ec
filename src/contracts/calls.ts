import type { z } from 'zod';
import { apiCalls } from './api.ts';
import type { ApiHandlers, ApiName, ApiParameters, ApiResult } from './api.ts';
import { parseOrThrow } from './parse.ts';

/** The call table again, in the form that lets a schema be picked by a call's name without losing its type. */
const callTable: { readonly [N in ApiName]: { readonly parameters: z.ZodType<ApiParameters<N>> } } = apiCalls;

export const isApiName = (name: string): name is ApiName => Object.hasOwn(apiCalls, name);

/** Every call, in the order of the table. */
export const apiNames: readonly ApiName[] = Object.keys(apiCalls).filter(isApiName);

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
