import { maximumRequestBytes } from '../src/contracts/api.ts';
import type {
  ApiEvent,
  ApiEventName,
  ApiHandlers,
  ApiName,
  ApiParameters,
  ApiResult,
  CallOptions,
  MicrobatchBridge,
} from '../src/contracts/api.ts';
import { answerCall, isApiName, unknownCall } from '../src/contracts/calls.ts';
import { MicrobatchError, toErrorShape } from '../src/contracts/errors.ts';
import type { OpenedDocument } from '../src/contracts/files.ts';
import { ConnectionListeners, EventListeners } from '../src/contracts/event-listeners.ts';
import type { ConnectionState } from '../src/contracts/event-listeners.ts';
import { handlersWith } from './refusing-handlers.ts';

/**
 * A host in memory, for stores: calls are parsed by the contract's schemas and answered by the given handlers, or
 * refused; events and the connection are in the hands of the test. It keeps the contract of every transport
 * (bridge-contract.test.ts).
 */
export class MemoryBridge implements MicrobatchBridge {
  /** Names of the calls so far, in order. */
  readonly calls: ApiName[] = [];
  /** What files that are dropped are said to be. */
  opened: OpenedDocument[] = [];
  handlers: ApiHandlers;
  readonly #events = new EventListeners();
  readonly #connection = new ConnectionListeners();

  constructor(handlers: Partial<ApiHandlers> = {}) {
    this.handlers = handlersWith(handlers);
  }

  async call<N extends ApiName>(
    name: N,
    parameters: ApiParameters<N>,
    { whenCancelled }: CallOptions = {},
  ): Promise<ApiResult<N>> {
    if (!isApiName(name)) throw unknownCall(name);
    if (JSON.stringify(parameters).length > maximumRequestBytes) {
      throw new MicrobatchError({ code: 'request/too-large', message: `the request ${name} is too large to be sent` });
    }
    this.calls.push(name);
    const controller = new AbortController();
    whenCancelled?.(() => controller.abort());
    try {
      return structuredClone(await answerCall(this.handlers, name, parameters, { signal: controller.signal }));
    } catch (thrown) {
      throw new MicrobatchError(toErrorShape(thrown));
    }
  }

  subscribe<N extends ApiEventName>(name: N, listener: (event: ApiEvent<N>) => void): () => void {
    return this.#events.subscribe(name, listener);
  }

  onConnection(listener: (state: ConnectionState) => void): () => void {
    return this.#connection.subscribe(listener);
  }

  takeFiles(): Promise<OpenedDocument[]> {
    if (this.opened.length > 0) return Promise.resolve(this.opened);
    return Promise.reject(new MicrobatchError({ code: 'files/no-path', message: 'a host in memory reaches no files' }));
  }

  emit<N extends ApiEventName>(name: N, event: ApiEvent<N>): void {
    this.#events.emit(name, event);
  }

  connection(state: ConnectionState): void {
    this.#connection.change(state);
  }

  /** As a transport does that left events out. */
  missEvents(): void {
    this.#connection.missed();
  }
}
