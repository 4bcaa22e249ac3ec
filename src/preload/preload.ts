import { contextBridge, ipcRenderer } from 'electron';
import type { IpcRendererEvent } from 'electron';
import type { ApiEvent, ApiEventName, ApiName, ApiParameters, ApiResult, MicrobatchBridge } from '../contracts/api.ts';
import { callChannel, eventChannel } from '../contracts/channels.ts';
import type { IpcReply } from '../contracts/channels.ts';

/** The window's only door to the application: the call table and its events, no Node and no Electron object. */
const bridge = {
  async call<N extends ApiName>(name: N, parameters: ApiParameters<N>): Promise<ApiResult<N>> {
    const reply: IpcReply<N> = await ipcRenderer.invoke(callChannel(name), parameters);
    return 'error' in reply ? Promise.reject(reply.error) : reply.result;
  },

  subscribe<N extends ApiEventName>(name: N, listener: (event: ApiEvent<N>) => void): () => void {
    const channel = eventChannel(name);
    const receive = (_event: IpcRendererEvent, payload: ApiEvent<N>): void => listener(payload);
    ipcRenderer.on(channel, receive);
    return () => {
      // Nothing is returned: the window must not get hold of ipcRenderer.
      ipcRenderer.removeListener(channel, receive);
    };
  },

  onConnection(listener: (state: 'connected' | 'lost') => void): () => void {
    // The host is this application's own main process: while there is a window, it is connected.
    listener('connected');
    return () => undefined;
  },
} satisfies MicrobatchBridge;

contextBridge.exposeInMainWorld('microbatch', bridge);
