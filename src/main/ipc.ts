import type { IpcMainEvent, IpcMainInvokeEvent } from 'electron';
import { z } from 'zod';
import { maximumRequestBytes } from '../contracts/api.ts';
import type { ApiHandlers, ApiName } from '../contracts/api.ts';
import { apiNames, CallsUnderWay } from '../contracts/calls.ts';
import { callChannel, cancelChannel, droppedChannel } from '../contracts/channels.ts';
import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { OpenedDocument } from '../contracts/files.ts';
import { parseOrThrow } from '../contracts/parse.ts';
import { isOwnPage } from './addresses.ts';

/** An answer on its way to the window; its result was made by the handler of the call and needs no further check. */
type Reply = { readonly result: unknown } | { readonly error: ErrorShape };

/** The part of `ipcMain` that registration needs. */
export interface IpcRegistry {
  handle(channel: string, listener: (event: IpcMainInvokeEvent, ...sent: unknown[]) => Promise<Reply>): void;
  on(channel: string, listener: (event: IpcMainEvent, ...sent: unknown[]) => void): void;
}

/** The part of an IPC event that tells who speaks. */
export type Caller = Pick<IpcMainInvokeEvent, 'senderFrame' | 'sender'>;

export interface IpcOptions {
  /** Address of the application's own pages; other pages get no answer. */
  readonly ownAddress: string;
  /** What files at these paths, which were dropped on the window, are to the application. */
  readonly takeDropped: (paths: readonly string[]) => Promise<OpenedDocument[]>;
  /** Told of every failure that is not one of the application's own errors. */
  readonly onUnexpected: (call: string, thrown: unknown) => void;
}

const callId = z.int().min(0);
const droppedPaths = z.array(z.string().min(1).max(4000)).min(1).max(1000);

/** Registers one channel for each entry of the call table, one to give calls up, and one for dropped files. */
export function registerCalls(registry: IpcRegistry, handlers: ApiHandlers, options: IpcOptions): void {
  const pages = new WeakMap<object, CallsUnderWay>();
  const callsOf = (page: object): CallsUnderWay => {
    const known = pages.get(page) ?? new CallsUnderWay();
    pages.set(page, known);
    return known;
  };
  const answer = async (event: Caller, name: string, work: () => Promise<unknown>): Promise<Reply> => {
    try {
      refuseStrangers(event, options.ownAddress);
      return { result: await work() };
    } catch (thrown) {
      if (thrown instanceof MicrobatchError) return { error: toErrorShape(thrown) };
      options.onUnexpected(name, thrown);
      return { error: unexpected(name) };
    }
  };
  for (const name of apiNames) {
    registry.handle(callChannel(name), (event, id, parameters) =>
      answer(event, name, () => {
        refuseLarge(name, parameters);
        return callsOf(event.sender).answer(handlers, idOf(id), name, parameters);
      }),
    );
  }
  registry.handle(droppedChannel, (event, paths) =>
    answer(event, 'dropping files', () =>
      options.takeDropped(
        parseOrThrow(droppedPaths, paths, { code: 'request/invalid-parameters', what: 'the list of dropped files' }),
      ),
    ),
  );
  registry.on(cancelChannel, (event, id) => {
    const known = callId.safeParse(id);
    if (known.success && isOwnCaller(event, options.ownAddress)) callsOf(event.sender).cancel(known.data);
  });
}

/** Whether the top frame of a window that shows one of our own pages speaks. */
export function isOwnCaller({ senderFrame, sender }: Caller, ownAddress: string): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwnPage(senderFrame.url, ownAddress);
}

function refuseStrangers(caller: Caller, ownAddress: string): void {
  if (isOwnCaller(caller, ownAddress)) return;
  throw new MicrobatchError({
    code: 'request/foreign-sender',
    message: 'the call did not come from a window of the application',
    expected: 'the main frame of one of its own pages',
  });
}

function idOf(sent: unknown): number {
  const id = callId.safeParse(sent);
  if (id.success) return id.data;
  throw new MicrobatchError({
    code: 'request/malformed',
    message: 'the call has no id',
    expected: 'a whole number from 0 before the parameters',
  });
}

function refuseLarge(name: ApiName, parameters: unknown): void {
  const bytes = jsonBytes(parameters);
  if (bytes !== null && bytes <= maximumRequestBytes) return;
  throw new MicrobatchError({
    code: 'request/too-large',
    message: `the request ${name} ${bytes === null ? 'is not plain data' : `has ${String(bytes)} bytes`}`,
    expected: `plain data of at most ${String(maximumRequestBytes)} bytes`,
  });
}

function jsonBytes(value: unknown): number | null {
  try {
    return Buffer.byteLength(JSON.stringify(value ?? null));
  } catch {
    return null;
  }
}

/** A failure we did not foresee may name files and carry a stack: the window learns only that it happened. */
function unexpected(name: string): ErrorShape {
  return {
    code: 'internal/unexpected',
    message: `${name} failed in a way the application did not foresee`,
    remedy: 'look at the log of the application, then try again',
  };
}
