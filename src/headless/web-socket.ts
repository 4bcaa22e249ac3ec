import type { RawData, WebSocket } from 'ws';
import { wireRequest, type ApiEvent, type ApiEventName, type ApiHandlers } from '../contracts/api.ts';
import { answerCall, isApiName } from '../contracts/calls.ts';
import { MicrobatchError, toErrorShape, type ErrorShape } from '../contracts/errors.ts';
import { parseOrThrow } from '../contracts/parse.ts';

/** Where the lab's events come from. Returns the function that ends the subscription. */
export type EventSource = (listener: <N extends ApiEventName>(name: N, event: ApiEvent<N>) => void) => () => void;

export interface SocketOptions {
  readonly handlers: ApiHandlers;
  readonly events: EventSource;
  readonly onUnexpected: (where: string, thrown: unknown) => void;
}

/** A browser that reads slower than this lags behind for good: it is cut off and catches up when it connects again. */
const largestBacklogBytes = 16_000_000;

/** Answers the calls of one browser and forwards every event to it until it leaves. */
export function serveSocket(socket: WebSocket, options: SocketOptions): void {
  const send = (message: unknown): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > largestBacklogBytes) socket.terminate();
    else socket.send(JSON.stringify(message));
  };
  const unsubscribe = options.events((name, event) => {
    send({ event: name, payload: event });
  });
  socket.on('close', unsubscribe);
  socket.on('error', () => {
    socket.terminate();
  });
  socket.on('message', (data, isBinary) => {
    void answer(data, isBinary, options).then(send);
  });
}

async function answer(data: RawData, isBinary: boolean, options: SocketOptions): Promise<unknown> {
  let id = -1;
  try {
    const request = parseOrThrow(wireRequest, readJson(data, isBinary), {
      code: 'request/malformed',
      what: 'the message',
    });
    id = request.id;
    if (!isApiName(request.name)) {
      throw new MicrobatchError({ code: 'request/unknown', message: `there is no call ${request.name.slice(0, 100)}` });
    }
    const result = await answerCall(options.handlers, request.name, request.parameters);
    return { id, result };
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
