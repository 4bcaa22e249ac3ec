import type { IpcRenderer } from 'electron';
import type {
  ApiEvent,
  ApiEventName,
  ApiName,
  ApiParameters,
  ApiResult,
  CallOptions,
  MicrobatchBridge,
} from '../contracts/api.ts';
import {
  callChannel,
  cancelChannel,
  droppedChannel,
  eventChannel,
  listeningChannel,
  receivedChannel,
} from '../contracts/channels.ts';
import type { CallChannel, IpcAnswer, IpcReply } from '../contracts/channels.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { OpenedDocument } from '../contracts/files.ts';
import { ConnectionListeners, EventListeners } from '../contracts/event-listeners.ts';

/** What the bridge asks of Electron's IPC, with what each channel answers: Electron's own types leave that open. */
export interface HostIpc extends Pick<IpcRenderer, 'send' | 'on'> {
  invoke(channel: typeof droppedChannel, paths: readonly string[]): Promise<IpcAnswer<OpenedDocument[]>>;
  invoke<N extends ApiName>(channel: CallChannel<N>, id: number, parameters: ApiParameters<N>): Promise<IpcReply<N>>;
}

/** The bridge over Electron's IPC: one channel a call, one for all events, each of which is confirmed. */
export function ipcBridge(
  ipc: HostIpc,
  /** The path of a file that the user dropped or chose; empty for one that a page made. */
  pathOf: (file: File) => string,
): MicrobatchBridge {
  const events = new EventListeners();
  const connection = new ConnectionListeners();
  let calls = 0;

  ipc.on(eventChannel, (_event, name: ApiEventName | null, payload: ApiEvent<ApiEventName>) => {
    try {
      if (name === null) connection.missed();
      else events.emit(name, payload);
    } finally {
      ipc.send(receivedChannel);
    }
  });
  ipc.send(listeningChannel);
  // The host is this application's own main process: while there is a window, it is connected.
  connection.change('connected');

  return {
    async call<N extends ApiName>(
      name: N,
      parameters: ApiParameters<N>,
      { whenCancelled }: CallOptions = {},
    ): Promise<ApiResult<N>> {
      calls += 1;
      const id = calls;
      const reply = Promise.withResolvers<IpcReply<N>>();
      ipc.invoke(callChannel(name), id, parameters).then(reply.resolve, (failure: unknown) => {
        reply.resolve({ error: unanswered(name, failure) });
      });
      whenCancelled?.(() => {
        ipc.send(cancelChannel, id);
        reply.resolve({ error: { code: 'request/cancelled', message: `${name} was given up before it was answered` } });
      });
      const answer = await reply.promise;
      // A plain value: an Error would reach the page as its text alone.
      return 'error' in answer ? Promise.reject(answer.error) : answer.result;
    },
    async takeFiles(files: readonly File[]): Promise<OpenedDocument[]> {
      const paths = files.map(pathOf);
      if (paths.includes('')) {
        const error: ErrorShape = { code: 'files/no-path', message: 'a file has no place on this machine' };
        return Promise.reject(error);
      }
      const answer = await ipc.invoke(droppedChannel, paths);
      return 'error' in answer ? Promise.reject(answer.error) : answer.result;
    },
    subscribe: (name, listener) => events.subscribe(name, listener),
    onConnection: (listener) => connection.subscribe(listener),
  };
}

/** Electron answers a channel without a handler, and what it cannot clone, with words of its own. */
function unanswered(name: string, failure: unknown): ErrorShape {
  if (String(failure).includes('No handler registered')) {
    return { code: 'request/unknown', message: `there is no call ${name.slice(0, 100)}` };
  }
  return { code: 'request/not-plain-data', message: `${name} was given, or answered, what cannot be sent` };
}
