import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { forkProcessHost } from '../../src/headless/fork-process-host.ts';
import type { ProcessExit, ProcessHost, RunnerProcess } from '../../src/lab/process-host.ts';
import { RunnerClient } from '../../src/lab/runner-client.ts';
import type { RunnerPatience } from '../../src/lab/runner-client.ts';
import { utilityProcessHost } from '../../src/main/utility-process-host.ts';
import { tinySpec } from '../open-lab.ts';

// Electron's side is a double: real child processes with the message semantics of utility processes, without Chromium.
vi.mock('electron', async () => {
  const { utilityEvents, utilityProcess } = await import('../electron-double/utility-process.ts');
  const app = {
    on: (_name: string, listener: (...details: unknown[]) => void) => utilityEvents.on('gone', listener),
    off: (_name: string, listener: (...details: unknown[]) => void) => utilityEvents.off('gone', listener),
  };
  return { app, utilityProcess };
});

const file = (name: string): string => resolve(import.meta.dirname, name);
/** Far too little for anything, so that memory runs out at once. */
const smallHeap = { NODE_OPTIONS: '--max-old-space-size=24' };

const hosts: readonly (readonly [string, ProcessHost, readonly string[]])[] = [
  ['fork', forkProcessHost, []],
  ['utility', utilityProcessHost, ['--import', file('../electron-double/register.ts')]],
];

describe.each(hosts)('processes of the host "%s"', (name, host, parentFlags) => {
  const alive: RunnerProcess[] = [];
  afterEach(() => {
    for (const child of alive.splice(0)) child.kill();
  });

  function start(part: string, environment: Readonly<Record<string, string>> = {}): RunnerProcess {
    const child = host.start(file('actor.ts'), { name: part, environment: { PART: part, ...environment } });
    alive.push(child);
    return child;
  }
  const exitOf = (child: RunnerProcess): Promise<ProcessExit> => new Promise((settle) => child.onExit(settle));
  const messagesOf = (child: RunnerProcess, count: number): Promise<unknown[]> =>
    new Promise((settle) => {
      const messages: unknown[] = [];
      child.onMessage((message) => {
        messages.push(message);
        if (messages.length === count) settle(messages);
      });
    });

  it('get messages in order, those too that were sent before they ran', async () => {
    const child = start('echo');
    const sent = Array.from({ length: 500 }, (_, index) => (index % 3 === 0 ? 'pause' : 'resume'));
    for (const type of sent) child.send({ type });
    expect(await messagesOf(child, sent.length)).toEqual(sent.map((type) => ({ echo: { type } })));
  });

  it('send thousands of messages that arrive in order and none is lost', async () => {
    const messages = await messagesOf(start('count'), 5000);
    expect(messages).toEqual(Array.from({ length: 5000 }, (_, index) => ({ index })));
  });

  it('send typed arrays of megabytes as they are, and numbers that are not finite', async () => {
    const [message] = await messagesOf(start('columns'), 1);
    const columns = z
      .object({
        values: z.instanceof(Float64Array),
        empty: z.instanceof(Float32Array),
        bytes: z.instanceof(Uint8Array),
        limit: z.nan(),
      })
      .parse(message);
    expect([columns.values.length, columns.values.at(-1), columns.empty.length]).toEqual([2e6, 1_999_999 / 3, 0]);
    expect([...columns.bytes]).toEqual([1, 2, 3]);
  });

  it('have a number while they run and none afterwards, and take messages in vain then', async () => {
    const child = start('echo');
    child.send({ type: 'pause' });
    await messagesOf(child, 1);
    const pid = Number(child.pid);
    expect(isAlive(pid)).toBe(true);
    child.kill();
    expect(await exitOf(child)).toMatchObject({ code: null, signal: 'SIGKILL', outOfMemory: false });
    expect([child.pid, isAlive(pid)]).toEqual([undefined, false]);
    child.send({ type: 'pause' });
    child.kill();
  });

  it('say with what code and what words they left', async () => {
    expect(await exitOf(start('code'))).toEqual({
      ...{ code: 7, signal: null, outOfMemory: false },
      lastWords: 'first words\nthe very last words',
    });
    const thrown = await exitOf(start('throws'));
    expect(thrown).toMatchObject({ code: 1, signal: null, outOfMemory: false });
    expect(thrown.lastWords).toContain('TypeError: nobody catches this');
  });

  it('tell that their memory ran out', async () => {
    const exit = await exitOf(start('exhausts', smallHeap));
    expect(exit).toMatchObject({ code: null, signal: 'SIGABRT', outOfMemory: true });
    expect(exit.lastWords).not.toBe('');
  });

  it('tell one end to everybody who asks, also to those who ask late', async () => {
    const child = start('code');
    const [first, second] = await Promise.all([exitOf(child), exitOf(child)]);
    expect([second, await exitOf(child)]).toEqual([first, first]);
  });

  it('that hear nothing are killed all the same, and so are those that have not begun', async () => {
    const busy = start('busy');
    await messagesOf(busy, 1);
    busy.kill();
    expect((await exitOf(busy)).signal).toBe('SIGKILL');
    const young = start('echo');
    young.kill();
    expect((await exitOf(young)).signal).toBe('SIGKILL');
  });

  it('whose entry is not there leave with a code and say which file it was', async () => {
    const exit = await exitOf(host.start(file('nothing.ts'), { name: 'nothing' }));
    expect(exit).toMatchObject({ code: 1, signal: null });
    expect(exit.lastWords).toContain('nothing.ts');
  });

  it('do not outlive a parent that is killed', async () => {
    const parent = spawn(process.execPath, [...parentFlags, file('parent.ts'), name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const { pid } = z.object({ pid: z.int() }).parse(JSON.parse(String(line).split('\n')[0] ?? ''));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 30_000, interval: 100 }).toBe(false);
  });

  describe('under a client', () => {
    function client(misbehaviour: string, patience: Partial<RunnerPatience> = {}): RunnerClient {
      return new RunnerClient({
        processHost: host,
        entry: file('../misbehaving-runner.ts'),
        environment: { MISBEHAVIOUR: misbehaviour, ...(misbehaviour === 'exhausts' ? smallHeap : {}) },
        start: { type: 'start', run: 'r', spec: tinySpec, folder: '', resources: '' },
        onStarted: () => undefined,
        onProgress: () => undefined,
        onCheckpoint: () => undefined,
        // Short only where it must run out: a busy machine must not make it run out elsewhere.
        patience: { handshake: 30_000, silence: 30_000, answer: 30_000, ...patience },
      });
    }
    const lost = (code: string, words: string): object => ({
      type: 'lost',
      error: { code, message: expect.stringContaining(words) as unknown },
    });

    it.each([
      ['speaks another version', 'old', {}, lost('runner/protocol-version', 'speaks protocol')],
      ['never says a word', 'silent', { handshake: 500 }, lost('runner/hung', 'did not start')],
      ['goes silent', 'hangs', { silence: 1000 }, lost('runner/hung', 'went silent')],
      ['sends nonsense', 'nonsense', {}, lost('runner/protocol', 'not of the protocol')],
      ['dies', 'dies', {}, lost('runner/died', 'with code 3')],
      ['is done but does not leave', 'stays', { answer: 500 }, { type: 'finished', outcome: 'done' }],
    ] as const)('a process that %s is ended, and its end is told', async (_what, how, patience, end) => {
      const runner = client(how, patience);
      const pid = new Promise<number>((settle) => setImmediate(() => settle(Number(runner.pid))));
      expect(await runner.ended).toMatchObject(end);
      expect([runner.pid, isAlive(await pid)]).toEqual([undefined, false]);
    });

    it('a process whose memory runs out is told as such, with what to do', async () => {
      const end = await client('exhausts').ended;
      expect(end).toMatchObject(lost('runner/out-of-memory', 'because its memory ran out'));
      expect(end.type === 'lost' && end.error.remedy).toContain('smaller micro-batch');
    });

    it('a process that dies lets nobody wait for its answers, then or later', async () => {
      const runner = client('deaf');
      const asked = [runner.pause(), runner.checkpoint(), runner.resume()].map((answer) =>
        expect(answer).rejects.toMatchObject({ code: 'runner/gone' }),
      );
      await expect.poll(() => runner.pid).toBeDefined();
      process.kill(Number(runner.pid), 'SIGKILL');
      await Promise.all(asked);
      expect(await runner.ended).toMatchObject(lost('runner/died', 'by signal SIGKILL'));
      await expect(runner.pause()).rejects.toMatchObject({ code: 'runner/gone' });
    });

    it('a process that does not stop when asked is killed', async () => {
      const runner = client('deaf', { answer: 500 });
      await runner.stop();
      expect(await runner.ended).toMatchObject(lost('runner/no-answer', 'did not stop'));
    });

    it('a process that stops when asked ends in order', async () => {
      const runner = client('obeys');
      await runner.stop();
      expect(await runner.ended).toMatchObject({ type: 'finished', outcome: 'stopped', step: 3 });
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
