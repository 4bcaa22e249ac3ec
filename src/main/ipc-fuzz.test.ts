import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
  fuzzing,
  fuzzingPatienceMilliseconds,
  hostileClonedCall,
  isAllowed,
  isPolluted,
  notingHandlers,
} from '../../test/hostile-messages.ts';
import type { HostileCall } from '../../test/hostile-messages.ts';
import { maximumRequestBytes } from '../contracts/api.ts';
import { isApiName } from '../contracts/calls.ts';
import { droppedChannel } from '../contracts/channels.ts';
import { errorShape } from '../contracts/errors.ts';
import { applicationAddress } from './addresses.ts';
import { registerCalls } from './ipc.ts';
import type { Caller, IpcRegistry } from './ipc.ts';

type Listener = Parameters<IpcRegistry['handle']>[1];

const longestComplaint = 2000;

it(
  'calls over IPC let nothing through that the table does not allow, and survive it',
  { timeout: fuzzingPatienceMilliseconds },
  async () => {
    const channels = new Map<string, Listener>();
    const reached: HostileCall[] = [];
    const unexpected: unknown[] = [];
    const registry: IpcRegistry = {
      handle: (channel, listener) => void channels.set(channel, listener),
      on: () => undefined,
    };
    registerCalls(registry, notingHandlers(reached), {
      ownAddress: applicationAddress,
      takeDropped: () => Promise.resolve([]),
      onUnexpected: (_call, thrown) => unexpected.push(thrown),
    });
    const frame = { url: applicationAddress };
    const caller = { senderFrame: frame, sender: { mainFrame: frame } } as unknown as Caller;

    await fc.assert(
      fc.asyncProperty(hostileClonedCall, async ({ name, parameters }) => {
        if (!isApiName(name)) throw new Error(`${name} is not of the table`);
        reached.length = 0;
        const reply = await channels.get(`microbatch:call:${name}`)?.(caller as Parameters<Listener>[0], 1, parameters);
        const allowed = isPlain(parameters) && isAllowed(name, parameters);
        expect(reached.map((call) => call.name)).toEqual(allowed ? [name] : []);
        if (allowed) expect(reply).toEqual({ result: null });
        else {
          const error = errorShape.parse(reply !== undefined && 'error' in reply ? reply.error : undefined);
          expect(error.code).toBe(isPlain(parameters) ? 'request/invalid-parameters' : 'request/too-large');
          expect(error.message.length).toBeLessThan(longestComplaint);
        }
        expect(unexpected).toEqual([]);
        expect(isPolluted()).toBe(false);
      }),
      fuzzing,
    );
  },
);

it(
  'dropped files reach the application as a list of paths or not at all',
  { timeout: fuzzingPatienceMilliseconds },
  async () => {
    const channels = new Map<string, Listener>();
    let reached: unknown = null;
    const unexpected: unknown[] = [];
    registerCalls(
      { handle: (channel, listener) => void channels.set(channel, listener), on: () => undefined },
      notingHandlers([]),
      {
        ownAddress: applicationAddress,
        takeDropped: (paths) => {
          reached = paths;
          return Promise.resolve([]);
        },
        onUnexpected: (_call, thrown) => unexpected.push(thrown),
      },
    );
    const frame = { url: applicationAddress };
    const caller = { senderFrame: frame, sender: { mainFrame: frame } } as unknown as Caller;
    const paths = z.array(z.string().min(1).max(4000)).min(1).max(1000);

    await fc.assert(
      fc.asyncProperty(hostileClonedCall, async ({ parameters }) => {
        reached = null;
        const reply = await channels.get(droppedChannel)?.(caller as Parameters<Listener>[0], parameters);
        const allowed = paths.safeParse(parameters).success;
        expect(reached).toEqual(allowed ? parameters : null);
        if (allowed) expect(reply).toEqual({ result: [] });
        else expect(reply).toMatchObject({ error: { code: 'request/invalid-parameters' } });
        expect(unexpected).toEqual([]);
        expect(isPolluted()).toBe(false);
      }),
      fuzzing,
    );
  },
);

function isPlain(parameters: unknown): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(parameters ?? null)) <= maximumRequestBytes;
  } catch {
    return false;
  }
}
