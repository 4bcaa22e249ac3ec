import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  fuzzing,
  fuzzingPatienceMilliseconds,
  hostileMessage,
  isAllowed,
  isPolluted,
  notingHandlers,
} from '../../test/hostile-messages.ts';
import type { HostileCall } from '../../test/hostile-messages.ts';
import { wireMessage, wireRequest } from '../contracts/api.ts';
import { isApiName } from '../contracts/calls.ts';
import { startWebHost } from './web-host.ts';
import type { WebHost } from './web-host.ts';

const longestReply = 3000;

let host: WebHost;
let reached: HostileCall[];
let unexpected: unknown[];
let listeners: number;

beforeEach(async () => {
  reached = [];
  unexpected = [];
  listeners = 0;
  host = await startWebHost({
    handlers: notingHandlers(reached),
    events: () => {
      listeners += 1;
      return () => {
        listeners -= 1;
      };
    },
    pages: '/nonexistent',
    host: '127.0.0.1',
    port: 0,
    onUnexpected: (_where, thrown) => unexpected.push(thrown),
  });
});
afterEach(() => host.close());

function connect(): Promise<WebSocket> {
  const { port, searchParams } = new URL(host.address);
  const own = `127.0.0.1:${port}`;
  const cookie = `microbatch_${port}=${String(searchParams.get('token'))}`;
  const socket = new WebSocket(`ws://${own}/bridge`, { origin: `http://${own}`, headers: { cookie } });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends one message and waits for its one reply. */
function exchange(socket: WebSocket, message: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const left = (code: number): void => reject(new Error(`the host closed with ${String(code)}`));
    socket.once('close', left);
    socket.once('message', (data: Buffer) => {
      socket.off('close', left);
      resolve(data.toString('utf8'));
    });
    socket.send(message);
  });
}

/** The call that a message makes, or null where the host must refuse it. */
function allowedCall(message: string | Buffer): string | null {
  if (typeof message !== 'string') return null;
  const request = wireRequest.safeParse(readJson(message));
  if (!request.success || 'cancel' in request.data || !isApiName(request.data.name)) return null;
  return isAllowed(request.data.name, request.data.parameters) ? request.data.name : null;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('the bridge under hostile messages', () => {
  it(
    'lets nothing through that the table does not allow, and answers each in bounds',
    { timeout: fuzzingPatienceMilliseconds },
    async () => {
      const socket = await connect();
      await fc.assert(
        fc.asyncProperty(hostileMessage, async (message) => {
          reached.length = 0;
          const text = await exchange(socket, message);
          const called = allowedCall(message);
          expect(reached.map((call) => call.name)).toEqual(called === null ? [] : [called]);
          const reply = wireMessage.parse(JSON.parse(text));
          expect('error' in reply ? reply.error.code.split('/')[0] : 'result').toBe(
            called === null ? 'request' : 'result',
          );
          expect(text.length).toBeLessThan(longestReply);
          expect(unexpected).toEqual([]);
          expect(isPolluted()).toBe(false);
        }),
        fuzzing,
      );
      socket.close();
      await expect.poll(() => listeners).toBe(0);
    },
  );

  it('cuts off frames that are no protocol, and goes on for everybody else', async () => {
    const witness = await connect();
    const frames = [
      // Text that is not UTF-8, a reserved operation, a frame that claims 2^63 bytes, one that is not masked.
      [0x81, 0x81, 0, 0, 0, 0, 0xff],
      [0x83, 0x80, 0, 0, 0, 0],
      [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
      [0x81, 0x01, 0x61],
    ];
    for (const frame of frames) {
      const socket = await connect();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined);
      rawSocket(socket).write(Buffer.from(frame));
      expect([1002, 1006, 1007, 1009]).toContain(await closed);
    }
    await expect.poll(() => listeners).toBe(1);
    expect(await exchange(witness, '{"id":1,"name":"settings.read","parameters":null}')).toContain('"id":1');
    expect({ reached: reached.length, unexpected }).toEqual({ reached: 1, unexpected: [] });
    witness.close();
  });
});

/** Below the library, which would not send such frames. */
function rawSocket(socket: WebSocket): { write: (bytes: Buffer) => void } {
  return (socket as unknown as { _socket: { write: (bytes: Buffer) => void } })._socket;
}
