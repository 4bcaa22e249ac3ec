import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import type { RunningCommand } from '../../test/command-line.ts';
import { listDocument, quickstartDocument, runDocument } from '../contracts/command-documents.ts';
import type { ShownRun } from '../contracts/command-documents.ts';

let commands: CommandLine;
beforeEach(() => {
  commands = new CommandLine();
});
afterEach(() => commands.dispose());

/** More steps than any test waits for. */
const endless = { steps: 50_000_000, logEvery: 5, evaluateEvery: 200 };

/** Runs that train side by side: at least three of the tests' runs have to wait. */
const slots = Math.min(availableParallelism(), 2);

/** Whether a host has left its note in the library. */
const isOwned = (): boolean => existsSync(join(commands.library, 'host.json'));
const library = (): string[] => ['--library', commands.library];
const start = (...parameters: string[]): RunningCommand => commands.start('run', ...parameters, ...library());

/** The runs that train now and have recorded something, as a reader beside their host sees them. */
async function trainingRuns(command: RunningCommand, count: number): Promise<ShownRun[]> {
  await command.says(/Training/);
  while (true) {
    const { runs } = await commands.json(listDocument, 'list', '--filter', 'status:running');
    if (runs.length === count && runs.every(({ step, process }) => step > 0 && process !== null)) return runs;
  }
}

const seconds = (run: ShownRun | undefined): number => run?.final['system/seconds'] ?? 0;

describe('a runner killed in mid-run', () => {
  it('leaves its run interrupted with all metrics up to the last second, and the host goes on', async () => {
    const command = start('--spec', commands.spec(endless), '--json');
    const [before] = await trainingRuns(command, 1);
    const seenAt = performance.now();
    await wait(1500);
    process.kill(before?.process?.pid ?? 0, 'SIGKILL');
    const passed = (performance.now() - seenAt) / 1000;

    const { code, stdout, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^run\/not-done: run \w+ did not end well: interrupted at step [\d,]+ \(runner\/died:/m);
    const [run] = runDocument.parse(JSON.parse(stdout)).runs;
    expect(run?.status).toBe('interrupted');
    expect(run?.final['system/seconds']).toBeGreaterThan(seconds(before) + passed - 1);

    const { runs } = await commands.json(listDocument, 'list');
    expect(runs[0]).toMatchObject({ status: 'interrupted', step: run?.steps, final: run?.final, process: null });
  });

  it('takes no other run along', async () => {
    const command = start('--spec', commands.spec({ ...endless, steps: 4000 }), '--seeds', '1,2,3,4', '--json');
    const [victim] = await trainingRuns(command, slots);
    process.kill(victim?.process?.pid ?? 0, 'SIGKILL');
    const { stdout } = await command.ended;
    const { runs } = runDocument.parse(JSON.parse(stdout));
    expect(runs.map(({ run, status }) => [run === victim?.run, status]).toSorted()).toEqual([
      [false, 'done'],
      [false, 'done'],
      [false, 'done'],
      [true, 'interrupted'],
    ]);
  });
});

describe('Ctrl-C', () => {
  it('pauses what trains, takes the rest out of the queue, keeps what was recorded and says so', async () => {
    const command = start('--spec', commands.spec(endless), '--seeds', '1,2,3,4,5', '--json');
    await trainingRuns(command, slots);
    command.signal('SIGINT');
    const { code, stdout, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Pausing \d runs? with a checkpoint; what they recorded is kept\. Ctrl-C again kills them\.$/m,
    );
    expect(stderr).toMatch(/^run\/stopped: all 5 runs ended before the last step, as asked/m);
    const { runs } = runDocument.parse(JSON.parse(stdout));
    for (const { status, steps } of runs) expect(status).toBe(steps > 0 ? 'paused' : 'stopped');
    expect(stderr).toContain(`resume ${runs[0]?.run ?? ''}`);
    expect(runs[0]?.final['train/loss']).toBeTypeOf('number');
    expect(isOwned()).toBe(false);
  });

  it('counts as one where npm passes it on a second time', async () => {
    const command = start('--spec', commands.spec(endless), '--json');
    await trainingRuns(command, 1);
    command.signal('SIGINT');
    command.signal('SIGINT');
    const { stdout } = await command.ended;
    expect(runDocument.parse(JSON.parse(stdout)).runs[0]?.status).toBe('paused');
  });

  it('kills at the second time a runner that does not follow', async () => {
    const command = start('--spec', commands.spec(endless), '--json');
    const [run] = await trainingRuns(command, 1);
    process.kill(run?.process?.pid ?? 0, 'SIGSTOP');
    command.signal('SIGINT');
    await command.says(/Pausing 1 run/);
    await wait(500);
    command.signal('SIGINT');
    const { code, stdout, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Killed\.$/m);
    expect(runDocument.parse(JSON.parse(stdout)).runs[0]).toMatchObject({ status: 'interrupted' });
    expect(isOwned()).toBe(false);
  });

  it('ends a quickstart whose table would compare half-trained methods, without that table', async () => {
    const command = commands.start('quickstart', ...library(), '--json');
    await command.says(/Training \d+ runs/);
    command.signal('SIGINT');
    const { code, stdout, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('run/stopped: ');
    const document = quickstartDocument.parse(JSON.parse(stdout));
    expect(document).toMatchObject({ library: commands.library, methods: [], paired: { smallMinusLarge: null } });
  });
});

describe('a command line killed in mid-run', () => {
  it('takes its runner along, and the next host marks its run interrupted', async () => {
    const command = start('--spec', commands.spec(endless));
    const [run] = await trainingRuns(command, 1);
    command.signal('SIGKILL');
    await command.ended;
    await commands.json(runDocument, 'run', '--spec', commands.spec({ steps: 1 }));
    const { runs } = await commands.json(listDocument, 'list', '--filter', 'status:interrupted');
    expect(runs.map((found) => found.run)).toEqual([run?.run]);
    const pid = run?.process?.pid ?? 0;
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
