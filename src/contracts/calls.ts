import type { z } from 'zod';
import { apiCalls, apiEvents, maximumCallsUnderWay } from './api.ts';
import type {
  ApiEvent,
  ApiEventName,
  ApiHandlers,
  ApiName,
  ApiParameters,
  ApiResult,
  CallContext,
  CallOptions,
} from './api.ts';
import type { CallEffect } from './call-entry.ts';
import { MicrobatchError } from './errors.ts';
import { parseOrThrow } from './parse.ts';

/** The call table again, in the form that lets a schema be picked by a call's name without losing its type. */
export const callTable: { readonly [N in ApiName]: { readonly parameters: z.ZodType<ApiParameters<N>> } } = apiCalls;
export const resultTable: { readonly [N in ApiName]: { readonly result: z.ZodType<ApiResult<N>> } } = apiCalls;
export const eventTable: { readonly [N in ApiEventName]: z.ZodType<ApiEvent<N>> } = apiEvents;

export const isApiName = (name: string): name is ApiName => Object.hasOwn(apiCalls, name);
export const isEventName = (name: string): name is ApiEventName => Object.hasOwn(apiEvents, name);

/** Every call, in the order of the table. */
export const apiNames: readonly ApiName[] = Object.keys(apiCalls).filter(isApiName);

const effectTable: {
  readonly [N in ApiName]: { readonly effect: CallEffect | ((parameters: ApiParameters<N>) => CallEffect) };
} = apiCalls;

/** What answering a call with these parameters does. */
export function effectOf<N extends ApiName>(name: N, parameters: ApiParameters<N>): CallEffect {
  const { effect } = effectTable[name];
  return typeof effect === 'function' ? effect(parameters) : effect;
}

/** The same handlers, of which those whose answer would have one of the effects reject with `refusal`, before they begin. */
export function refusing(
  handlers: ApiHandlers,
  effects: readonly CallEffect[],
  refusal: (name: ApiName) => MicrobatchError,
): ApiHandlers {
  return handlersBy((name) => async (parameters, context) => {
    if (effects.includes(effectOf(name, parameters))) throw refusal(name);
    return handlers[name](parameters, context);
  });
}

type Handler<N extends ApiName> = (parameters: ApiParameters<N>, context?: CallContext) => Promise<ApiResult<N>>;

/** The handler of every call, as `make` makes it. */
export function handlersBy(make: <N extends ApiName>(name: N) => Handler<N>): ApiHandlers {
  // The compiler cannot see it: under a name stands what was made for that name.
  return Object.fromEntries(apiNames.map((name) => [name, make(name)])) as ApiHandlers;
}

/**
 * Parses the parameters of a call and answers it. Rejects with `request/invalid-parameters` naming the fields, and with
 * `request/cancelled` as soon as the call is given up, whatever the handler does meanwhile.
 */
export async function answerCall<N extends ApiName>(
  handlers: ApiHandlers,
  name: N,
  parameters: unknown,
  context?: CallContext,
): Promise<ApiResult<N>> {
  const parsed = parseOrThrow(callTable[name].parameters, parameters, {
    code: 'request/invalid-parameters',
    what: `the request ${name}`,
  });
  if (context === undefined) return handlers[name](parsed);
  const { signal } = context;
  const givenUp = Promise.withResolvers<never>();
  const giveUp = (): void => givenUp.reject(cancelledError(name));
  if (signal.aborted) throw cancelledError(name);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([handlers[name](parsed, context), givenUp.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** The calls of one window that are under way, by the ids that the window gave them. */
export class CallsUnderWay {
  readonly #controllers = new Map<number, AbortController>();

  get count(): number {
    return this.#controllers.size;
  }

  /**
   * Answers a call that can be given up by its id until it is answered. Rejects with `request/unknown`,
   * `request/duplicate-id`, `request/too-many` and all that `answerCall` does.
   */
  async answer(handlers: ApiHandlers, id: number, name: string, parameters: unknown): Promise<unknown> {
    if (!isApiName(name)) throw unknownCall(name);
    if (this.#controllers.has(id)) {
      throw new MicrobatchError({
        code: 'request/duplicate-id',
        message: `call ${String(id)} is still under way`,
        expected: 'an id that no other call has',
      });
    }
    if (this.#controllers.size >= maximumCallsUnderWay) {
      throw new MicrobatchError({
        code: 'request/too-many',
        message: `${String(this.#controllers.size)} calls of this window are under way`,
        remedy: 'wait for some of them',
      });
    }
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    try {
      return await answerCall(handlers, name, parameters, { signal: controller.signal });
    } finally {
      this.#controllers.delete(id);
    }
  }

  /** Gives a call up; nothing where it is answered already. */
  cancel(id: number): void {
    this.#controllers.get(id)?.abort();
  }

  /** The window is gone: nobody waits for any answer. */
  cancelAll(): void {
    for (const controller of this.#controllers.values()) controller.abort();
  }
}

export function unknownCall(name: string): MicrobatchError {
  return new MicrobatchError({
    code: 'request/unknown',
    message: `there is no call ${name.slice(0, 100)}`,
    remedy: 'window and host are of different versions: reload the window',
  });
}

export function cancelledError(name: ApiName): MicrobatchError {
  return new MicrobatchError({ code: 'request/cancelled', message: `${name} was given up before it was answered` });
}

/** Call options that give the call up when the signal aborts. */
export function cancelledBy(signal: AbortSignal): CallOptions {
  return {
    whenCancelled: (cancel) => {
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    },
  };
}
