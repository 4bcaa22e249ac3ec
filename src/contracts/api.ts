import { z } from 'zod';
import { acting, nothing, reading } from './call-entry.ts';
import { datasetCalls, datasetEvents } from './dataset-calls.ts';
import { deviceCalls, deviceEvents } from './device-calls.ts';
import { errorShape } from './errors.ts';
import { exchangeCalls, exchangeEvents } from './exchange-calls.ts';
import type { OpenedDocument, TakingOptions } from './files.ts';
import { hostInformation } from './host-information.ts';
import { planEstimate, preset } from './planning.ts';
import { runCalls, runEvents } from './run-calls.ts';
import { runSpec } from './run-spec.ts';
import { settings, settingsChange } from './settings.ts';
import { windowCalls, windowEvents } from './window-calls.ts';

/**
 * The one table of calls and events between a window and its host. The Electron IPC registration, the
 * preload bridge, the WebSocket routes and the typed client are all derived from it.
 */
export const apiCalls = {
  ...exchangeCalls,
  ...windowCalls,
  ...runCalls,
  ...datasetCalls,
  ...deviceCalls,
  'host.information': reading(nothing, hostInformation),
  'presets.list': reading(nothing, z.array(preset)),
  'plan.estimate': acting(z.object({ spec: runSpec }), planEstimate),
  'settings.read': reading(nothing, settings),
  'settings.write': acting(settingsChange, settings),
} as const;

export type ApiCalls = typeof apiCalls;
export type ApiName = keyof ApiCalls;
export type ApiParameters<N extends ApiName> = z.infer<ApiCalls[N]['parameters']>;
export type ApiResult<N extends ApiName> = z.infer<ApiCalls[N]['result']>;

export const apiEvents = {
  ...exchangeEvents,
  ...windowEvents,
  ...runEvents,
  ...datasetEvents,
  ...deviceEvents,
  'settings.changed': settings,
} as const;
export type ApiEvents = typeof apiEvents;
export type ApiEventName = keyof ApiEvents;
export type ApiEvent<N extends ApiEventName> = z.infer<ApiEvents[N]>;

export interface CallOptions {
  /**
   * Given the function that gives the call up: it is then rejected with `request/cancelled`, and the host stops its work
   * where it can. A function and not an AbortSignal, because only functions and plain data reach an isolated page's
   * bridge: see `cancelledBy`.
   */
  readonly whenCancelled?: (cancel: () => void) => void;
}

/** The bridge as a window sees it, the same in Electron and in a browser. */
export interface MicrobatchBridge {
  call<N extends ApiName>(name: N, parameters: ApiParameters<N>, options?: CallOptions): Promise<ApiResult<N>>;
  /** Returns the function that ends the subscription. */
  subscribe<N extends ApiEventName>(name: N, listener: (event: ApiEvent<N>) => void): () => void;
  /**
   * Connection to the host; in Electron always connected. Told `connected` again where events were left out because the
   * window could not keep up: what they told must then be read.
   */
  onConnection(listener: (state: 'connected' | 'lost') => void): () => void;
  /**
   * What files that were dropped on the window, or chosen in it, are to the host. Those of a browser's machine are sent
   * to it, except specs, which the window reads itself. Throws `files/...`, `request/cancelled`.
   */
  takeFiles(files: readonly File[], options?: TakingOptions): Promise<OpenedDocument[]>;
}

/** What a handler is told beside the parameters. */
export interface CallContext {
  /** Aborted when the window gives the call up or is gone: nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

/** The lab's side: one handler a call. */
export type ApiHandlers = {
  readonly [N in ApiName]: (parameters: ApiParameters<N>, context?: CallContext) => Promise<ApiResult<N>>;
};

/** What a host emits to its windows. */
export type ApiEmit = <N extends ApiEventName>(name: N, event: ApiEvent<N>) => void;

/** Greatest message accepted from a window, bytes of JSON. */
export const maximumRequestBytes = 1_000_000;

/** Calls of one window that may be under way at a time. */
export const maximumCallsUnderWay = 1000;

/** What a window sends on transports that carry text, the WebSocket of the web host: a call, or its end. */
export const wireRequest = z.union([
  z.strictObject({ id: z.int().min(0), name: z.string(), parameters: z.unknown() }),
  z.strictObject({ cancel: z.int().min(0) }),
]);
export const wireMessage = z.union([
  z.object({ id: z.int(), result: z.unknown() }),
  z.object({ id: z.int(), error: errorShape }),
  z.object({ event: z.string(), payload: z.unknown() }),
  /** Events were left out. */
  z.object({ missed: z.literal(true) }),
]);
