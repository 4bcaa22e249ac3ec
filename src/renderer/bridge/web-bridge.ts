import { maximumRequestBytes, wireMessage } from '../../contracts/api.ts';
import type {
  ApiEventName,
  ApiName,
  ApiParameters,
  ApiResult,
  CallOptions,
  MicrobatchBridge,
} from '../../contracts/api.ts';
import { cancelledError, eventTable, isEventName, resultTable } from '../../contracts/calls.ts';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import { isSpecText, largestSpecBytes } from '../../contracts/files.ts';
import type { HandedFile, OpenedDocument, TakingOptions } from '../../contracts/files.ts';
import { ConnectionListeners, EventListeners } from '../../contracts/event-listeners.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Upload } from './upload.ts';

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

export interface WebBridgeOptions {
  /** Pauses between attempts, milliseconds; the last one repeats. */
  readonly pauses?: readonly number[];
  /** Milliseconds that a call made without a connection waits for one. */
  readonly patience?: number;
  /** How files of this machine reach the host; not at all unless given. */
  readonly upload?: Upload;
}

/** Pauses between attempts, milliseconds; the last one repeats. */
const defaultPauses = [500, 1000, 2000, 4000, 8000];
/** A call made while there is no connection waits this long for one. */
const defaultPatience = 10_000;

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

const tooLarge = (name: ApiName): MicrobatchError =>
  new MicrobatchError({
    code: 'request/too-large',
    message: `the request ${name} is too large to be sent`,
    expected: `at most ${String(maximumRequestBytes)} bytes`,
  });

/** The text of a spec, which is small enough to be read here; null of everything else. */
async function specText(file: File): Promise<string | null> {
  const text = file.size <= largestSpecBytes ? await file.text() : '';
  return isSpecText(text) ? text : null;
}

const noPath: Upload = ({ name }) =>
  Promise.reject(
    new MicrobatchError({
      code: 'files/no-path',
      message: `${name} is on the machine of this window, where the host cannot read it`,
      expected: 'the spec of a run, a JSON file, which the window reads itself',
      remedy: 'copy it to the machine of the host and name its path there',
    }),
  );

/** Specs by their text; everything else is sent to the host, one after the other, to be imported. */
async function takeFiles(files: readonly File[], upload: Upload, options: TakingOptions): Promise<OpenedDocument[]> {
  const specs: OpenedDocument[] = [];
  const sent: HandedFile[] = [];
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const file of files) {
    const text = await specText(file);
    if (text === null) {
      const progress = (fraction: number): void =>
        options.progress?.((done + fraction * file.size) / Math.max(1, total));
      sent.push(await upload(file, { ...options, progress }));
    } else specs.push({ kind: 'spec', name: file.name, text });
    done += file.size;
  }
  return sent.length === 0 ? specs : [...specs, { kind: 'import', files: sent }];
}

/**
 * The bridge over a WebSocket to a web host. It connects by itself, again and again with growing pauses. Calls on their
 * way when the connection breaks are rejected with `host/connection-lost`, because nobody knows whether they were
 * heard; calls made without a connection wait for one, for a while.
 */
export function connectWebSocket(
  address: string,
  { pauses = defaultPauses, patience = defaultPatience, upload = noPath }: WebBridgeOptions = {},
): WebBridge {
  const events = new EventListeners();
  const connection = new ConnectionListeners();
  const waiting = new Map<number, Waiting>();
  let socket: WebSocket | null = null;
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
      connection.change('connected');
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
    connection.change('lost');
  }

  function transmit(request: Waiting): void {
    // One that was made by a listener to the connection is on its way already when those that waited are sent.
    if (request.sent || socket?.readyState !== WebSocket.OPEN) return;
    request.sent = true;
    socket.send(request.text);
  }

  function receive(data: unknown): void {
    const message = wireMessage.safeParse(readJson(data));
    if (!message.success) return;
    if ('event' in message.data) {
      if (isEventName(message.data.event)) emit(message.data.event, message.data.payload);
      return;
    }
    if ('missed' in message.data) {
      connection.missed();
      return;
    }
    const request = waiting.get(message.data.id);
    if (request === undefined) return;
    waiting.delete(message.data.id);
    if ('error' in message.data) request.refuse(new MicrobatchError(message.data.error));
    else request.settle(message.data.result);
  }

  /** What does not fit is dropped: the next read of the records brings the truth. */
  function emit(name: ApiEventName, payload: unknown): void {
    const event = eventTable[name].safeParse(payload);
    if (event.success) events.emit(name, event.data);
  }

  function cancel(id: number, name: ApiName): void {
    const request = waiting.get(id);
    if (request === undefined) return;
    waiting.delete(id);
    if (request.sent && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ cancel: id }));
    request.refuse(cancelledError(name));
  }

  const bridge = {
    call<N extends ApiName>(
      name: N,
      parameters: ApiParameters<N>,
      { whenCancelled }: CallOptions = {},
    ): Promise<ApiResult<N>> {
      requests += 1;
      const id = requests;
      const text = JSON.stringify({ id, name, parameters });
      // The host would end the connection, and with it every other call.
      if (new Blob([text]).size > maximumRequestBytes) return Promise.reject(tooLarge(name));
      return new Promise((resolve, reject) => {
        const request: Waiting = {
          text,
          sent: false,
          settle: (result) => {
            parseAnswer(resultTable[name].result, result, {
              code: 'host/unreadable',
              what: `the answer to ${name}`,
              remedy: 'reload the page: the host may be of another version',
            }).then(resolve, (thrown: unknown) => reject(new MicrobatchError(toErrorShape(thrown))));
          },
          refuse: reject,
        };
        waiting.set(id, request);
        transmit(request);
        whenCancelled?.(() => cancel(id, name));
        if (!request.sent) {
          setTimeout(() => {
            if (request.sent || !waiting.delete(id)) return;
            reject(lostError());
          }, patience);
        }
      });
    },

    takeFiles: (files, options = {}) => takeFiles(files, upload, options),
    subscribe: (name, listener) => events.subscribe(name, listener),
    onConnection: (listener) => connection.subscribe(listener),
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
