import type { ApiName, ApiResult } from './api.ts';
import type { ErrorShape } from './errors.ts';

/** IPC channels, derived from the names of the call table; shared by the main process and the preload script. */
export type CallChannel<N extends ApiName> = `microbatch:call:${N}`;
export const callChannel = <N extends ApiName>(name: N): CallChannel<N> => `microbatch:call:${name}`;
/** Window to host: gives up the call with an id. */
export const cancelChannel = 'microbatch:cancel';
/** Host to window: name and payload of one event, or null for both where events were left out. */
export const eventChannel = 'microbatch:event';
/** Window to host: one event was received. Without these words a slow window would be sent events for ever. */
export const receivedChannel = 'microbatch:received';
/** Window to host: a page has begun to listen. */
export const listeningChannel = 'microbatch:listening';

/**
 * Preload to host: paths of files that were dropped on the window, which alone the preload script can read off them. No
 * call of the table, so that no page can name a path here.
 */
export const droppedChannel = 'microbatch:dropped';

/** What a call answers over IPC. Errors travel as values: of a thrown one Electron keeps only the text. */
export type IpcReply<N extends ApiName> = IpcAnswer<ApiResult<N>>;
export type IpcAnswer<T> = { readonly result: T } | { readonly error: ErrorShape };
