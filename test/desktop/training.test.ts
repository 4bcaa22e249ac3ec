import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Application } from './application.ts';
import { startRun, statusOf, tinySpec } from './runs.ts';

const sentMessages = z.array(z.object({ channel: z.string(), sent: z.array(z.unknown()) }));

/** Real runs in real processes, started by the built main process through its utility-process host. */
describe('training in the desktop application', () => {
  let application: Application;
  beforeEach(async () => {
    application = new Application();
    await application.shown();
  });
  afterEach(() => application.dispose());

  it('trains a small net to its end, tells the window and keeps its curve', async () => {
    const run = await startRun(application, tinySpec);
    await application.until(async () => !['queued', 'running'].includes(await statusOf(application, run)));
    const record = await application.call('runs.get', { run });
    expect(record).toMatchObject({ status: 'done', step: 12, error: null });

    const [batch] = await application.call('metrics.read', { runs: [run], series: ['train/loss'], points: 100 });
    expect(batch?.series['train/loss']?.steps.at(-1)).toBe(12);
    const sent = sentMessages.parse(await application.tell({ do: 'take-sent' }));
    const names = sent.map((message) => message.sent[0]);
    expect(names).toContain('run.changed');
    expect(names).toContain('run.metrics');

    const { forked } = await application.describe();
    expect(forked.map((entry) => entry.modulePath)).toContainEqual(expect.stringMatching(/out.main.runner\.js$/));
  });
});
