import type { RawData, WebSocket } from 'ws';
import { wireRequest, type ApiEmit, type ApiHandlers } from '../contracts/api.ts';
import { CallsUnderWay } from '../contracts/calls.ts';
import { MicrobatchError, toErrorShape, type ErrorShape } from '../contracts/errors.ts';
import { parseOrThrow } from '../contracts/parse.ts';
import { EventOutlet } from './event-outlet.ts';

/** Where the lab's events come from. Returns the function that ends the subscription. */
export type EventSource = (listener: ApiEmit) => () => void;

export interface SocketOptions {
  readonly handlers: ApiHandlers;
  readonly events: EventSource;
  readonly onUnexpected: (where: string, thrown: unknown) => void;
}

/** A browser that is this far behind gets no events until it has read some. */
const largestEventBacklogBytes = 1_000_000;
/** One that does not even read its answers is cut off. */
const largestBacklogBytes = 64_000_000;

/** Answers the calls of one browser and sends it every event until it leaves. */
export function serveSocket(socket: WebSocket, options: SocketOptions): void {
  const calls = new CallsUnderWay();
  const send = (message: unknown): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > largestBacklogBytes) socket.terminate();
    else {
      socket.send(JSON.stringify(message), () => {
        outlet.flush();
      });
    }
  };
  const outlet = new EventOutlet({
    isReady: () => socket.bufferedAmount <= largestEventBacklogBytes,
    send: (name, event) => send({ event: name, payload: event }),
    sendMissed: () => send({ missed: true }),
  });
  const unsubscribe = options.events(outlet.push);
  socket.on('close', () => {
    unsubscribe();
    outlet.clear();
    calls.cancelAll();
  });
  socket.on('error', () => {
    socket.terminate();
  });
  socket.on('message', (data, isBinary) => {
    void answer(calls, data, isBinary, options).then((reply) => {
      if (reply !== null) send(reply);
    });
  });
}

/** The reply to a message; null where it asks for none. */
async function answer(
  calls: CallsUnderWay,
  data: RawData,
  isBinary: boolean,
  options: SocketOptions,
): Promise<object | null> {
  let id = -1;
  try {
    const request = parseOrThrow(wireRequest, readJson(data, isBinary), {
      code: 'request/malformed',
      what: 'the message',
    });
    if ('cancel' in request) {
      calls.cancel(request.cancel);
      return null;
    }
    id = request.id;
    return { id, result: await calls.answer(options.handlers, id, request.name, request.parameters) };
  } catch (thrown) {
    return { id, error: shownError(thrown, options) };
  }
}

function readJson(data: RawData, isBinary: boolean): unknown {
  const text =
    isBinary || Array.isArray(data)
      ? ''
      : Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new MicrobatchError({
      code: 'request/malformed',
      message: 'the message is not JSON',
      expected: '{"id", "name", "parameters"} as text',
    });
  }
}

/** A failure we did not foresee may name files: the browser learns only that it happened. */
function shownError(thrown: unknown, { onUnexpected }: SocketOptions): ErrorShape {
  if (thrown instanceof MicrobatchError) return toErrorShape(thrown);
  onUnexpected('web socket', thrown);
  return {
    code: 'internal/unexpected',
    message: 'the call failed in a way the application did not foresee',
    remedy: 'look at the output of the host, then try again',
  };
}
