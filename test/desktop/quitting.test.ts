import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLibrary } from '../../src/library/library.ts';
import { Application } from './application.ts';
import { endlessSpec, startEndlessRun, startRun, statusOf, tinySpec } from './runs.ts';

/** Places of the answers in the question about training runs. */
const keep = 0;
const stop = 1;
const cancel = 2;

describe('quitting the desktop application', () => {
  let application: Application;
  beforeEach(async () => {
    application = new Application();
    await application.shown();
  });
  afterEach(() => application.dispose());

  const recordOnDisk = async (run: string) => (await openLibrary(application.library)).runs.get(run);
  const isVisible = async (): Promise<boolean> => (await application.describe()).windows[0]?.visible ?? false;

  it('asks nothing when nothing trains', async () => {
    await application.tell({ do: 'close-window' });
    expect(await application.ended).toBe(0);
  });

  it('asks while a run trains, stays when cancelled and stops the run when told to', async () => {
    const run = await startEndlessRun(application);
    await application.tell({ do: 'answer-dialog', button: cancel });
    await application.tell({ do: 'close-window' });
    await application.until(async () => (await application.describe()).dialogs.length === 1);
    expect((await application.describe()).dialogs[0]).toMatchObject({
      message: '1 run is training.',
      buttons: ['Keep training', 'Pause and quit', 'Cancel'],
    });
    expect(await statusOf(application, run)).toBe('running');
    expect((await application.describe()).windows).toHaveLength(1);

    await application.tell({ do: 'answer-dialog', button: stop });
    await application.tell({ do: 'quit' });
    expect(await application.ended).toBe(0);
    expect((await recordOnDisk(run)).status).toBe('paused');
  });

  it('asks about a paused run as well', async () => {
    const run = await startEndlessRun(application);
    await application.call('runs.pause', { run });
    await application.tell({ do: 'answer-dialog', button: 1 });
    await application.tell({ do: 'close-window' });
    await application.until(async () => (await application.describe()).dialogs.length === 1);
    expect((await application.describe()).dialogs[0]).toMatchObject({
      message: '1 run is paused.',
      buttons: ['Pause and quit', 'Cancel'],
    });
    expect(await statusOf(application, run)).toBe('paused');
  });

  it('goes on without its window through the whole queue when told to, then ends', async () => {
    const runs: string[] = [];
    for (let index = 0; index < 2; index += 1) {
      runs.push(await startRun(application, { ...tinySpec, threads: 256, steps: 600 }));
    }
    await application.tell({ do: 'answer-dialog', button: keep });
    await application.tell({ do: 'close-window' });
    expect(await application.ended).toBe(0);
    for (const run of runs) expect(await recordOnDisk(run)).toMatchObject({ status: 'done', step: 600 });
  });

  it('shows its window again for a second instance and then stays', async () => {
    const run = await startEndlessRun(application);
    await application.tell({ do: 'answer-dialog', button: keep });
    await application.tell({ do: 'close-window' });
    await application.until(async () => !(await isVisible()));
    await application.tell({ do: 'second-instance' });
    expect(await isVisible()).toBe(true);
    await application.call('runs.stop', { run });
    expect(await isVisible()).toBe(true);
  });

  it('stops its runs without a question when the system asks it to end', async () => {
    const run = await startEndlessRun(application);
    const queued = await startRun(application, { ...endlessSpec, threads: 256 });
    application.signal('SIGTERM');
    expect(await application.ended).toBe(0);
    expect((await recordOnDisk(run)).status).toBe('paused');
    expect((await recordOnDisk(queued)).status).toBe('queued');
  });

  it('keeps the machine awake while a run trains, and only then', async () => {
    const staysAwake = async (): Promise<boolean> => (await application.describe()).staysAwake;
    expect(await staysAwake()).toBe(false);
    const run = await startEndlessRun(application);
    expect(await staysAwake()).toBe(true);
    await application.call('runs.pause', { run });
    expect(await staysAwake()).toBe(false);
    await application.call('runs.resume', { run });
    expect(await staysAwake()).toBe(true);
    await application.call('runs.stop', { run });
    expect(await staysAwake()).toBe(false);
  });
});

describe('a second instance', () => {
  it('ends at once and touches nothing', async () => {
    const second = new Application({ environment: { DOUBLE_SECOND_INSTANCE: '1' } });
    expect(await second.ended).toBe(0);
    await expect(openLibrary(second.library)).rejects.toMatchObject({ code: 'library/missing' });
    await second.dispose();
  });
});
