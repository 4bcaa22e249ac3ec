import type { MicrobatchBridge } from '../../contracts/api.ts';
import { uploadFile } from './upload.ts';
import { connectWebSocket } from './web-bridge.ts';
import type { Reconnection } from './web-bridge.ts';

declare global {
  interface Window {
    /** Set by the preload script under Electron; absent in a browser. */
    readonly microbatch?: MicrobatchBridge;
  }
}

export interface HostConnection {
  readonly bridge: MicrobatchBridge;
  /** Null under Electron, where the host is the application itself. */
  readonly reconnection: Reconnection | null;
}

/** The one place that decides how this window reaches its host. */
export function connectToHost(): HostConnection {
  if (window.microbatch !== undefined) return { bridge: window.microbatch, reconnection: null };
  const address = new URL('/bridge', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const { bridge, reconnection } = connectWebSocket(address.href, { upload: uploadFile });
  return { bridge, reconnection };
}
