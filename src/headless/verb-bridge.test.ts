import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { CommandLine } from '../../test/command-line.ts';
import { openTestLab, tinySpec } from '../../test/open-lab.ts';
import { queueDocument } from '../contracts/command-documents.ts';
import type { Lab } from '../lab/lab.ts';
import { openVerbBridge } from '../lab/verb-bridge.ts';
import type { VerbBridge } from '../lab/verb-bridge.ts';

let commands: CommandLine;
let lab: Lab;
let bridge: VerbBridge;

/** A host as the desktop application is one: it owns the library, and serves no browser. */
beforeEach(async () => {
  commands = new CommandLine();
  ({ lab } = await openTestLab(commands.library, { trains: 'nothing', owner: 'the desktop application' }));
  bridge = await openVerbBridge({
    ...{ library: commands.library, handlers: lab.handlers, events: (listener) => lab.subscribe(listener) },
    onUnexpected: () => undefined,
  });
});
afterEach(async () => {
  await bridge.close();
  await lab.close();
  await commands.dispose();
});

const note = (): string => join(commands.library, 'host-bridge.json');
const inLibrary = (...parameters: string[]) => commands.run(...parameters, '--library', commands.library);

/** The status with which a connection is refused; null where it is not. */
function statusOf(headers: Record<string, string>, origin?: string): Promise<number | null> {
  return new Promise((settle) => {
    const address = `ws://127.0.0.1:${String(bridge.port)}/bridge`;
    const socket = new WebSocket(address, { headers, ...(origin === undefined ? {} : { origin }) });
    socket.on('open', () => {
      socket.close();
      settle(null);
    });
    socket.on('unexpected-response', (_request, response) => settle(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

describe('a host that serves no browser', () => {
  it('is changed by verbs of its user, who need not close it', async () => {
    const { added } = await commands.json(queueDocument, 'queue', 'add', '--spec', commands.spec(), '--seeds', '1,2');
    const [first = '', second = ''] = added ?? [];
    expect((await lab.handlers['runs.list'](null)).map(({ id }) => id)).toEqual(
      expect.arrayContaining([first, second]),
    );
    expect(await inLibrary('queue', 'move', second, '--to', 'top')).toMatchObject({ code: 0 });
    const { entries } = await lab.handlers['queue.read'](null);
    expect(entries.map(({ run }) => run)).toEqual([second, first]);
    expect(await inLibrary('queue', 'remove', first)).toMatchObject({ code: 0 });
    // What it refuses, it says in its own words.
    const refused = await inLibrary('queue', 'retry', second);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^run\/wrong-status: /);
  });

  it('trains what is handed to it, as a verb says that would train by itself', async () => {
    const { code, stdout, stderr } = await inLibrary('run', '--spec', commands.spec());
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^library\/owned: .* Remedy: hand new runs to that host with `microbatch queue add`/);
  });

  it('tells nobody but its user how it is reached, and forgets it when it ends', async () => {
    if (process.platform !== 'win32') expect(statSync(note()).mode & 0o777).toBe(0o600);
    await bridge.close();
    expect(existsSync(note())).toBe(false);
    await lab.handlers['runs.create']({ spec: tinySpec, seeds: [1] });
    const { stderr, code } = await inLibrary('queue', 'pause');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^library\/owned: .* belongs to the desktop application/);
  });

  it('answers nobody without the token, and no page of a browser even with it', async () => {
    const { token } = z.object({ token: z.string() }).parse(JSON.parse(readFileSync(note(), 'utf8')));
    expect(await statusOf({ authorization: `Bearer ${token}` })).toBeNull();
    const own = `http://127.0.0.1:${String(bridge.port)}`;
    // A page can have cookies and an origin sent, and no header of its own.
    const cookie = `microbatch_${String(bridge.port)}=${token}`;
    expect(await statusOf({ cookie }, own)).toBe(403);
    expect(await statusOf({ authorization: 'Bearer ' })).toBe(403);
    expect(await statusOf({ authorization: `Bearer ${token.slice(0, -1)}x` })).toBe(403);
    expect((await fetch(`${own}/?token=${token}`)).status).toBe(404);
  });
});
