import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runSpec } from '../../src/contracts/run-spec.ts';
import { Application } from './application.ts';

const tinySpec = runSpec.parse({
  method: 'gradient-norm',
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 64, resize: 14 },
  batchSize: 32,
  microBatchSize: 16,
  learningRate: 0.1,
  lambda: 0.01,
  steps: 12,
  logEvery: 2,
  evaluateEvery: 6,
});
const endlessSpec = { ...tinySpec, steps: 10_000_000 };
const sentMessages = z.array(z.object({ channel: z.string(), payload: z.unknown() }));

/** Real runs in real processes, started by the built main process through its utility-process host. */
describe('training in the desktop application', () => {
  let application: Application;
  beforeEach(async () => {
    application = new Application();
    await application.shown();
  });
  afterEach(() => application.dispose());

  const statusOf = async (run: string): Promise<string> => (await application.call('runs.get', { run })).status;
  const create = async (spec: typeof tinySpec): Promise<string> => {
    const [record] = await application.call('runs.create', { spec, seeds: [7] });
    return String(record?.id);
  };

  it('trains a small net to its end, tells the window and keeps its curve', async () => {
    const run = await create(tinySpec);
    await application.until(async () => !['queued', 'running'].includes(await statusOf(run)));
    const record = await application.call('runs.get', { run });
    expect(record).toMatchObject({ status: 'done', step: 12, error: null });

    const [batch] = await application.call('metrics.read', { runs: [run], series: ['train/loss'], points: 100 });
    expect(batch?.series['train/loss']?.steps.at(-1)).toBe(12);
    const sent = sentMessages.parse(await application.tell({ do: 'take-sent' }));
    const channels = new Set(sent.map((message) => message.channel));
    expect(channels).toContain('microbatch:event:run.changed');
    expect(channels).toContain('microbatch:event:run.metrics');

    const { forked } = await application.describe();
    expect(forked.map((entry) => entry.modulePath)).toContainEqual(expect.stringMatching(/out.main.runner\.js$/));
  });

  it('asks before it quits while a run trains, stays when cancelled and stops the run when told to', async () => {
    const run = await create(endlessSpec);
    await application.until(async () => (await application.call('runs.get', { run })).step > 0);
    const cancel = 2;
    await application.tell({ do: 'answer-dialog', button: cancel });
    await application.tell({ do: 'close-window' });
    await application.until(async () => (await application.describe()).dialogs.length === 1);
    expect(await statusOf(run)).toBe('running');
    expect((await application.describe()).windows).toHaveLength(1);

    const stop = 1;
    await application.tell({ do: 'answer-dialog', button: stop });
    await application.tell({ do: 'quit' });
    expect(await application.ended).toBe(0);
  });

  it('quits without a question when nothing trains', async () => {
    await application.tell({ do: 'close-window' });
    expect(await application.ended).toBe(0);
  });
});

describe('a second instance', () => {
  it('ends at once and leaves the first alone', async () => {
    const second = new Application({ DOUBLE_SECOND_INSTANCE: '1' });
    expect(await second.ended).toBe(0);
    await second.dispose();
  });
});
