import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLibrary } from '../../src/library/library.ts';
import { readMetrics } from '../../src/library/metric-reader.ts';
import { Application } from './application.ts';
import { startEndlessRun, statusOf } from './runs.ts';

describe('when something dies', () => {
  let application: Application;
  beforeEach(async () => {
    application = new Application();
    await application.shown();
  });
  afterEach(() => application.dispose());

  const runnerOf = async (run: string): Promise<number> => {
    await application.until(async () => (await application.call('runs.get', { run })).process !== null);
    return Number((await application.call('runs.get', { run })).process?.pid);
  };

  it('the page is shown again, at most three times a minute, then the user decides', async () => {
    const crash = (): Promise<unknown> => application.tell({ do: 'crash-page', reason: 'crashed' });
    const reloads = async (): Promise<number | undefined> => (await application.describe()).windows[0]?.reloads;
    await application.tell({ do: 'crash-page', reason: 'clean-exit' });
    expect(await reloads()).toBe(0);
    for (let times = 1; times <= 3; times += 1) {
      await crash();
      expect(await reloads()).toBe(times);
    }
    expect((await application.describe()).dialogs).toEqual([]);
    await crash();
    await application.until(async () => (await application.describe()).dialogs.length === 1);
    await application.until(async () => (await reloads()) === 4);
  });

  it('a run whose process is killed is interrupted with what it recorded, and the application goes on', async () => {
    const run = await startEndlessRun(application);
    process.kill(await runnerOf(run), 'SIGKILL');
    await application.until(async () => (await statusOf(application, run)) === 'interrupted');
    const record = await application.call('runs.get', { run });
    expect(record.error?.code).toBe('runner/died');
    expect(await startEndlessRun(application)).not.toBe(run);
  });

  it('a fault that nobody foresaw is told and logged, and training goes on', async () => {
    const run = await startEndlessRun(application);
    await application.tell({ do: 'throw', message: 'nobody saw this coming' });
    await application.until(async () => (await application.describe()).dialogs.length === 1);
    expect((await application.describe()).dialogs[0]?.detail).toContain('nobody saw this coming');
    expect(application.output).toMatch(/fault: Error: nobody saw this coming\n\s+at /);
    expect(await statusOf(application, run)).toBe('running');
  });

  it('its runner leaves when the application itself is killed; the next start finds the run interrupted', async () => {
    const run = await startEndlessRun(application);
    const pid = await runnerOf(run);
    await application.crash();
    await application.until(() => Promise.resolve(!isAlive(pid)));
    const { runs } = await openLibrary(application.library);
    const recorded = readMetrics(runs.metricsFile(run), ['train/loss'])[0]?.steps.length ?? 0;

    const next = new Application({ folder: application.folder });
    await next.shown();
    expect(await next.call('runs.get', { run })).toMatchObject({ status: 'interrupted', process: null });
    const [batch] = await next.call('metrics.read', { runs: [run], series: ['train/loss'], points: 100_000 });
    expect(batch?.series['train/loss']?.steps.length).toBe(recorded);
    await next.crash();
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
