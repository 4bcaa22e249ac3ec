import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { installStages } from '../../contracts/native-runtime.ts';
import type { InstallRequest } from './native-runtimes.ts';
import { RuntimeFixture } from './runtime-fixture.ts';

const silent = { report: () => undefined };

let fixture: RuntimeFixture;
beforeEach(() => {
  fixture = new RuntimeFixture();
});
afterEach(() => {
  vi.unstubAllEnvs();
  fixture.dispose();
});

const fromFile = (): InstallRequest => ({ source: { kind: 'path', path: fixture.cpuWheel } });

/** Installs, and gives up with the first word of a stage; afterwards nothing stands in the way of another try. */
async function giveUpIn(stage: (typeof installStages)[number], request: InstallRequest): Promise<void> {
  const controller = new AbortController();
  const reached: string[] = [];
  const report = (progress: { readonly stage: string }): void => {
    reached.push(progress.stage);
    if (progress.stage === stage) controller.abort();
  };
  const attempt = fixture.open().install(request, { report, signal: controller.signal });
  await expect(attempt).rejects.toMatchObject({ code: 'runtime/cancelled' });
  expect(reached.at(-1)).toBe(stage);
}

describe('an installation that is given up', () => {
  it.each(['checking', 'unpacking', 'trying'] as const)(
    'while it is %s leaves nothing, and the way free',
    async (stage) => {
      await giveUpIn(stage, fromFile());
      expect(fixture.leftovers()).toEqual([]);
      await expect(fixture.open().install(fromFile(), silent)).resolves.toMatchObject({ usable: true });
    },
  );

  it('while a process tries it out ends that process', async () => {
    const ended = Promise.withResolvers<string>();
    fixture.probe = (_folder, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          ended.resolve('ended');
          reject(new Error('the probe was killed'));
        });
      });
    const controller = new AbortController();
    const report = ({ stage }: { readonly stage: string }): void => {
      if (stage === 'trying') setImmediate(() => controller.abort());
    };
    const attempt = fixture.open().install(fromFile(), { report, signal: controller.signal });
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/cancelled' });
    expect(await ended.promise).toBe('ended');
    expect(fixture.leftovers()).toEqual([]);
  });

  it('before it began does nothing', async () => {
    const attempt = fixture.open().install(fromFile(), { ...silent, signal: AbortSignal.abort() });
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/cancelled' });
    expect(fixture.leftovers()).toEqual([]);
  });

  it('while pip fetches kills pip and what it started, and keeps nothing half fetched', async () => {
    const [note, python] = [join(fixture.folder, 'child'), stuckProgram('python', '--version')];
    const controller = new AbortController();
    const lines: string[] = [];
    const line = (text: string): void => {
      lines.push(text);
      controller.abort();
    };
    const request: InstallRequest = { source: { kind: 'pip', python } };
    const attempt = fixture.open().install(request, { ...silent, line, signal: controller.signal });
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/cancelled' });
    expect(lines).toEqual(['at work']);
    await expect.poll(() => isAlive(Number(readFileSync(note, 'utf8')))).toBe(false);
    expect(fixture.leftovers()).toEqual(['.downloads']);
    expect(readdirSync(join(fixture.runtimes, '.downloads'))).toEqual([]);
  });

  it('while the addon is compiled kills the compiler', async () => {
    rmSync(fixture.addon);
    vi.stubEnv('CXX', stuckProgram('compiler', '--version'));
    const controller = new AbortController();
    const attempt = fixture
      .open()
      .install(fromFile(), { ...silent, line: () => controller.abort(), signal: controller.signal });
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/cancelled' });
    await expect.poll(() => isAlive(Number(readFileSync(join(fixture.folder, 'child'), 'utf8')))).toBe(false);
    expect(fixture.leftovers()).toEqual([]);
  });
});

describe('one installation at a time', () => {
  const attemptNow = () => fixture.open().install(fromFile(), silent);

  it('is all that a folder of runtimes takes, also from another process, which gives it back when it dies', async () => {
    const child = fork(join(import.meta.dirname, 'install-lock-child.ts'), [fixture.runtimes]);
    await once(child, 'message');
    await expect(attemptNow()).rejects.toMatchObject({ code: 'runtime/busy' });
    expect(fixture.visible()).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect(attemptNow()).resolves.toMatchObject({ usable: true });
  });

  it('is all that it takes from this process', async () => {
    const release = Promise.withResolvers<null>();
    fixture.probe = async () => {
      await release.promise;
      return { version: '2.18.1', graphicsCard: false, words: '' };
    };
    const first = attemptNow();
    await expect.poll(() => existsSync(join(fixture.runtimes, '.install.sqlite'))).toBe(true);
    await expect(attemptNow()).rejects.toMatchObject({ code: 'runtime/busy' });
    release.resolve(null);
    await expect(first).resolves.toMatchObject({ usable: true });
  });
});

/** A program that answers to one word, and else starts another one, says so and waits; the note has the id of the other. */
function stuckProgram(name: string, answersTo: string): string {
  return fixture.script(
    name,
    `case "$*" in *${answersTo}*) exit 0;; esac`,
    'sleep 600 &',
    `echo $! > ${join(fixture.folder, 'child')}`,
    'echo at work',
    'wait',
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that is dead and that nobody has waited for still has its id.
    return !/\) Z /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
