import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Application } from './application.ts';
import { startEndlessRun, startRun, statusOf, tinySpec } from './runs.ts';

/** What the application does while nobody looks at its window. */
describe('in the background', () => {
  let application: Application;
  beforeEach(async () => {
    application = new Application();
    await application.shown();
    await application.tell({ do: 'take-sent' });
  });
  afterEach(() => application.dispose());

  const notifications = async () => (await application.describe()).notifications;
  const untilEnded = (run: string): Promise<void> =>
    application.until(async () => !['queued', 'running'].includes(await statusOf(application, run)));

  it('tells of runs that ended while its window was not in front, one notice of all, and shows them', async () => {
    await application.tell({ do: 'focus', focused: false });
    const run = await startRun(application, tinySpec);
    await untilEnded(run);
    expect(await notifications()).toMatchObject([{ title: expect.stringMatching(/ is done$/) as unknown, open: true }]);
    await application.tell({ do: 'click-notification' });
    expect(await application.tell({ do: 'take-sent' })).toContainEqual({
      channel: 'microbatch:event',
      sent: ['run.wanted', { run }],
    });
    // Looked at.
    expect(await notifications()).toMatchObject([{ open: false }]);

    await application.tell({ do: 'focus', focused: false });
    for (const spec of [tinySpec, { ...tinySpec, learningRate: 1000 }])
      await untilEnded(await startRun(application, spec));
    expect((await notifications()).map(({ title, open }) => [title, open]).slice(2)).toEqual([
      ['2 runs have ended', true],
    ]);
  });

  it('tells nothing where the window is in front, or the settings say so', async () => {
    await untilEnded(await startRun(application, tinySpec));
    await application.tell({ do: 'focus', focused: false });
    await application.call('settings.write', { notifications: false });
    await untilEnded(await startRun(application, tinySpec));
    expect(await notifications()).toEqual([]);
  });

  it('says in the tray how many runs train, while some do and the settings want it', async () => {
    expect((await application.describe()).tray).toBeNull();
    const run = await startEndlessRun(application);
    const { tray } = await application.describe();
    expect(tray?.toolTip).toBe('Microbatch: 1 run is training');
    expect(existsSync(String(tray?.image.path))).toBe(true);
    await application.call('settings.write', { tray: false });
    expect((await application.describe()).tray).toBeNull();
    await application.call('settings.write', { tray: true });
    expect((await application.describe()).tray).not.toBeNull();
    await application.call('runs.stop', { run });
    expect((await application.describe()).tray).toBeNull();
  });

  it('saves a checkpoint before the machine sleeps, goes on when it wakes, and notes the gap', async () => {
    const run = await startEndlessRun(application);
    await application.tell({ do: 'power', event: 'suspend' });
    await application.until(async () => (await application.call('checkpoints.list', { run })).checkpoints.length > 0);
    await application.tell({ do: 'power', event: 'resume' });
    const slept = async () =>
      (await application.call('runs.get', { run })).history.filter(({ event }) => event === 'slept');
    await application.until(async () => (await slept()).length > 0);
    expect(await slept()).toMatchObject([
      { reason: expect.stringMatching(/^from .*Z to .*Z, with the machine$/) as unknown },
    ]);
    const { step } = await application.call('runs.get', { run });
    await application.until(async () => (await application.call('runs.get', { run })).step > step);

    // To wake without having slept, as some systems tell after a lock, notes nothing.
    await application.tell({ do: 'power', event: 'resume' });
    await application.call('runs.stop', { run });
    expect(await slept()).toHaveLength(1);
  });
});
