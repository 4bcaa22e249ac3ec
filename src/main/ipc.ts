import type { IpcMainInvokeEvent } from 'electron';
import { maximumRequestBytes } from '../contracts/api.ts';
import type { ApiHandlers, ApiName } from '../contracts/api.ts';
import { answerCall, apiNames } from '../contracts/calls.ts';
import { callChannel } from '../contracts/channels.ts';
import type { IpcReply } from '../contracts/channels.ts';
import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import { isOwnPage } from './addresses.ts';

/** The part of `ipcMain` that registration needs. */
export interface IpcRegistry {
  handle(
    channel: string,
    listener: (event: IpcMainInvokeEvent, parameters: unknown) => Promise<IpcReply<ApiName>>,
  ): void;
}

/** The part of an invoke event that tells who calls. */
export type Caller = Pick<IpcMainInvokeEvent, 'senderFrame' | 'sender'>;

export interface IpcOptions {
  /** Address of the application's own pages; other pages get no answer. */
  readonly ownAddress: string;
  /** Told of every failure that is not one of the application's own errors. */
  readonly onUnexpected: (call: ApiName, thrown: unknown) => void;
}

/** Registers one channel for each entry of the call table, and no other. */
export function registerCalls(registry: IpcRegistry, handlers: ApiHandlers, options: IpcOptions): void {
  for (const name of apiNames) {
    registry.handle(callChannel(name), async (event, parameters) => {
      try {
        refuseStrangers(event, options.ownAddress);
        refuseLarge(name, parameters);
        return { result: await answerCall(handlers, name, parameters) };
      } catch (thrown) {
        if (thrown instanceof MicrobatchError) return { error: toErrorShape(thrown) };
        options.onUnexpected(name, thrown);
        return { error: unexpected(name) };
      }
    });
  }
}

/** Only the top frame of a window that shows one of our own pages may call. */
function refuseStrangers({ senderFrame, sender }: Caller, ownAddress: string): void {
  if (senderFrame === null || senderFrame !== sender.mainFrame || !isOwnPage(senderFrame.url, ownAddress)) {
    throw new MicrobatchError({
      code: 'request/foreign-sender',
      message: 'the call did not come from a window of the application',
      expected: 'the main frame of one of its own pages',
    });
  }
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
function unexpected(name: ApiName): ErrorShape {
  return {
    code: 'internal/unexpected',
    message: `${name} failed in a way the application did not foresee`,
    remedy: 'look at the log of the application, then try again',
  };
}
