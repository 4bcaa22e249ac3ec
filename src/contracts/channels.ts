import type { ApiEventName, ApiName, ApiResult } from './api.ts';
import type { ErrorShape } from './errors.ts';

/** IPC channels, derived from the names of the call table; shared by the main process and the preload script. */
export const callChannel = (name: ApiName): `microbatch:call:${ApiName}` => `microbatch:call:${name}`;
export const eventChannel = (name: ApiEventName): `microbatch:event:${ApiEventName}` => `microbatch:event:${name}`;

/** What a call answers over IPC. Errors travel as values: of a thrown one Electron keeps only the text. */
export type IpcReply<N extends ApiName> = { readonly result: ApiResult<N> } | { readonly error: ErrorShape };
