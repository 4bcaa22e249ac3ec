import type { ApiEvent, ApiEventName, ApiHandlers, ApiName, ApiParameters, ApiResult } from '../src/contracts/api.ts';
import type { MicrobatchBridge } from '../src/contracts/api.ts';
import { answerCall } from '../src/contracts/calls.ts';
import { handlersWith } from './refusing-handlers.ts';

type Listeners = { readonly [N in ApiEventName]: Set<(event: ApiEvent<N>) => void> };

/**
 * A host in memory, for stores: calls are parsed by the contract's schemas and answered by the given handlers, or
 * refused; events and the connection are in the hands of the test.
 */
export class MemoryBridge implements MicrobatchBridge {
  /** Names of the calls so far, in order. */
  readonly calls: ApiName[] = [];
  handlers: ApiHandlers;
  readonly #listeners: Listeners = {
    'run.changed': new Set(),
    'checkpoints.changed': new Set(),
    'sweep.changed': new Set(),
    'sweep.removed': new Set(),
    'run.removed': new Set(),
    'queue.changed': new Set(),
    'run.progress': new Set(),
    'run.metrics': new Set(),
    'settings.changed': new Set(),
    'datasets.changed': new Set(),
    'dataset.progress': new Set(),
    'import.progress': new Set(),
  };
  readonly #connection = new Set<(state: 'connected' | 'lost') => void>();

  constructor(handlers: Partial<ApiHandlers> = {}) {
    this.handlers = handlersWith(handlers);
  }

  call<N extends ApiName>(name: N, parameters: ApiParameters<N>): Promise<ApiResult<N>> {
    this.calls.push(name);
    return answerCall(this.handlers, name, parameters);
  }

  subscribe<N extends ApiEventName>(name: N, listener: (event: ApiEvent<N>) => void): () => void {
    this.#listeners[name].add(listener);
    return () => void this.#listeners[name].delete(listener);
  }

  onConnection(listener: (state: 'connected' | 'lost') => void): () => void {
    this.#connection.add(listener);
    return () => void this.#connection.delete(listener);
  }

  emit<N extends ApiEventName>(name: N, event: ApiEvent<N>): void {
    for (const listener of this.#listeners[name]) listener(event);
  }

  connection(state: 'connected' | 'lost'): void {
    for (const listener of this.#connection) listener(state);
  }
}
