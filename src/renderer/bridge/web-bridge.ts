import type { z } from 'zod';
import { apiCalls, apiEvents, wireMessage } from '../../contracts/api.ts';
import type {
  ApiEvent,
  ApiEventName,
  ApiName,
  ApiParameters,
  ApiResult,
  MicrobatchBridge,
} from '../../contracts/api.ts';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';

/** What a window that lost its host can say and do about it. */
export interface Reconnection {
  /** When the next attempt begins, milliseconds since the epoch; null while one is under way or none is needed. */
  readonly nextAttempt: () => number | null;
  readonly tryNow: () => void;
}

export interface WebBridge {
  readonly bridge: MicrobatchBridge;
  readonly reconnection: Reconnection;
  /** Ends the connection for good. */
  readonly close: () => void;
}

/** Pauses between attempts, milliseconds; the last one repeats. */
const defaultPauses = [500, 1000, 2000, 4000, 8000];
/** A call made while there is no connection waits this long for one. */
const defaultPatience = 10_000;

const resultTable: { readonly [N in ApiName]: { readonly result: z.ZodType<ApiResult<N>> } } = apiCalls;
const isEventName = (name: string): name is ApiEventName => Object.hasOwn(apiEvents, name);

/** The listeners of one event, and the way from a message's payload to them. */
class EventChannel<T> {
  readonly listeners = new Set<(event: T) => void>();
  readonly #schema: z.ZodType<T>;

  constructor(schema: z.ZodType<T>) {
    this.#schema = schema;
  }

  /** What does not fit is dropped: the next read of the records brings the truth. */
  receive(payload: unknown): void {
    const event = this.#schema.safeParse(payload);
    if (event.success) for (const listener of this.listeners) listener(event.data);
  }
}

type EventChannels = { readonly [N in ApiEventName]: EventChannel<ApiEvent<N>> };

const eventChannels = (): EventChannels => ({
  'run.changed': new EventChannel(apiEvents['run.changed']),
  'checkpoints.changed': new EventChannel(apiEvents['checkpoints.changed']),
  'sweep.changed': new EventChannel(apiEvents['sweep.changed']),
  'sweep.removed': new EventChannel(apiEvents['sweep.removed']),
  'run.removed': new EventChannel(apiEvents['run.removed']),
  'queue.changed': new EventChannel(apiEvents['queue.changed']),
  'run.progress': new EventChannel(apiEvents['run.progress']),
  'run.metrics': new EventChannel(apiEvents['run.metrics']),
  'settings.changed': new EventChannel(apiEvents['settings.changed']),
  'datasets.changed': new EventChannel(apiEvents['datasets.changed']),
  'dataset.progress': new EventChannel(apiEvents['dataset.progress']),
  'import.progress': new EventChannel(apiEvents['import.progress']),
});

interface Waiting {
  readonly text: string;
  sent: boolean;
  readonly settle: (result: unknown) => void;
  readonly refuse: (error: MicrobatchError) => void;
}

/** The value that a message writes; null, which no message is, where it writes none. */
function readJson(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : null;
  } catch {
    return null;
  }
}

const lostError = (): MicrobatchError =>
  new MicrobatchError({
    code: 'host/connection-lost',
    message: 'the connection to the host was lost before it answered',
    remedy: 'try again once the window is connected',
  });

/**
 * The bridge over a WebSocket to a web host. It connects by itself, again and again with growing pauses. Calls on their
 * way when the connection breaks are rejected with `host/connection-lost`, because nobody knows whether they were
 * heard; calls made without a connection wait for one, for a while.
 */
export function connectWebSocket(
  address: string,
  { pauses = defaultPauses, patience = defaultPatience }: { pauses?: readonly number[]; patience?: number } = {},
): WebBridge {
  const channels = eventChannels();
  const connectionListeners = new Set<(state: 'connected' | 'lost') => void>();
  const waiting = new Map<number, Waiting>();
  let socket: WebSocket | null = null;
  let state: 'connecting' | 'connected' | 'lost' = 'connecting';
  let requests = 0;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let nextAttempt: number | null = null;
  let closed = false;

  function connect(): void {
    clearTimeout(timer);
    nextAttempt = null;
    const opened = new WebSocket(address);
    socket = opened;
    opened.addEventListener('open', () => {
      failures = 0;
      tell('connected');
      for (const request of waiting.values()) transmit(request);
    });
    opened.addEventListener('message', ({ data }) => receive(data));
    opened.addEventListener('close', () => {
      if (socket === opened) lost();
    });
  }

  function lost(): void {
    socket = null;
    for (const [id, request] of waiting) {
      if (!request.sent) continue;
      waiting.delete(id);
      request.refuse(lostError());
    }
    if (closed) return;
    const pause = pauses[Math.min(failures, pauses.length - 1)] ?? 0;
    failures += 1;
    nextAttempt = Date.now() + pause;
    timer = setTimeout(connect, pause);
    tell('lost');
  }

  function tell(next: 'connected' | 'lost'): void {
    if (state === next) return;
    state = next;
    for (const listener of connectionListeners) listener(next);
  }

  function transmit(request: Waiting): void {
    if (socket?.readyState !== WebSocket.OPEN) return;
    request.sent = true;
    socket.send(request.text);
  }

  function receive(data: unknown): void {
    const message = wireMessage.safeParse(readJson(data));
    if (!message.success) return;
    if ('event' in message.data) {
      if (isEventName(message.data.event)) channels[message.data.event].receive(message.data.payload);
      return;
    }
    const request = waiting.get(message.data.id);
    if (request === undefined) return;
    waiting.delete(message.data.id);
    if ('error' in message.data) request.refuse(new MicrobatchError(message.data.error));
    else request.settle(message.data.result);
  }

  const bridge = {
    call<N extends ApiName>(name: N, parameters: ApiParameters<N>): Promise<ApiResult<N>> {
      requests += 1;
      const id = requests;
      return new Promise((resolve, reject) => {
        const request: Waiting = {
          text: JSON.stringify({ id, name, parameters }),
          sent: false,
          settle: (result) => {
            try {
              resolve(
                parseOrThrow(resultTable[name].result, result, {
                  code: 'host/unreadable',
                  what: `the answer to ${name}`,
                  remedy: 'reload the page: the host may be of another version',
                }),
              );
            } catch (thrown) {
              reject(new MicrobatchError(toErrorShape(thrown)));
            }
          },
          refuse: reject,
        };
        waiting.set(id, request);
        transmit(request);
        if (!request.sent) {
          setTimeout(() => {
            if (request.sent || !waiting.delete(id)) return;
            reject(lostError());
          }, patience);
        }
      });
    },

    subscribe<N extends ApiEventName>(name: N, listener: (event: ApiEvent<N>) => void): () => void {
      const { listeners } = channels[name];
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    onConnection(listener: (state: 'connected' | 'lost') => void): () => void {
      connectionListeners.add(listener);
      if (state !== 'connecting') listener(state);
      return () => void connectionListeners.delete(listener);
    },
  } satisfies MicrobatchBridge;

  connect();
  return {
    bridge,
    reconnection: {
      nextAttempt: () => nextAttempt,
      tryNow: () => {
        if (!closed && socket === null) connect();
      },
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
