import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpecInput } from '../contracts/run-spec.ts';
import type { FromRunner } from '../contracts/runner-protocol.ts';
import { openDataset } from '../data/open-dataset.ts';
import { openExecutor } from '../engine/executors/registry.ts';
import { CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';
import { readMetrics } from '../library/metric-reader.ts';
import { netOf } from '../library/weights/net-fixture.ts';
import { WeightsStore } from '../library/weights/weights-store.ts';
import { createTrainer } from './create-trainer.ts';
import { RunControl } from './run-control.ts';
import { standInInputs } from '../library/recorded-inputs.ts';
import { TrainingRun } from './training-run.ts';

const resources = join(import.meta.dirname, '../../resources');
let library = '';
const folder = (run: string): string => join(library, 'runs', run);

const model = { kind: 'convnet' as const, widths: [2, 'pool' as const, 3], batchNorm: true };
const net = netOf(model, { inputShape: [1, 7, 7], classes: 10 });

const spec = (changes: Partial<RunSpecInput> = {}) =>
  runSpec.parse({
    method: 'large-batch',
    model,
    dataset: { id: 'fashion-mnist-small', trainSize: 60, resize: 7 },
    batchSize: 30,
    microBatchSize: 10,
    learningRate: 0.1,
    steps: 1,
    executor: 'onnx',
    initialWeights: { weights: 'imported-1' },
    ...changes,
  });

/** Trains in this process and gives what the runner has told. */
async function train(run: string, changes: Partial<RunSpecInput> = {}): Promise<FromRunner[]> {
  mkdirSync(folder(run), { recursive: true });
  const messages: FromRunner[] = [];
  const start = { type: 'start', run, spec: spec(changes), folder: folder(run), resources } as const;
  const log = { write: () => undefined };
  await new TrainingRun({ start, control: new RunControl(), log, send: (each) => messages.push(each) }).train();
  return messages;
}

const startedOf = (messages: readonly FromRunner[]) => messages.find((message) => message.type === 'started');

beforeAll(async () => {
  library = mkdtempSync(join(tmpdir(), 'initial-weights-'));
  const origin = {
    ...{ file: 'net.pth', form: 'pth' as const, sha256: '0'.repeat(64), importedAt: '2026-01-01T00:00:00.000Z' },
    ...{ app: '0', notes: [] },
  };
  const tensors = new Map(
    [...net.stateDict].map(([name, tensor]) => [name, { ...tensor, read: () => Promise.resolve(tensor) }]),
  );
  await new WeightsStore(library).takeIn(library, tensors, { id: 'imported-1', name: 'net', origin });
});
afterAll(() => rmSync(library, { recursive: true }));

describe('a run that begins with imported weights', () => {
  it('takes the first step of a run whose state had them, and names them by their hash', async () => {
    const messages = await train('warm-1');
    const dataset = await openDataset(spec().dataset, { resources });
    const trainer = await createTrainer(
      spec(),
      await openExecutor('onnx', { threads: 1 }),
      dataset,
      standInInputs(spec()),
    );
    const fresh = await trainer.capture();
    const inNet = (of: Readonly<Record<string, Float32Array>>) =>
      Object.fromEntries(Object.keys(of).map((name) => [name, net.values[name]]));
    await trainer.restore({ ...fresh, parameters: inNet(fresh.parameters), buffers: inNet(fresh.buffers) });
    const { scalars } = await trainer.takeStep();
    const expected = await trainer.capture();
    await trainer.dispose();
    await dataset.close();

    const [norm] = readMetrics(join(folder('warm-1'), 'metrics.sqlite'), ['train/gradient_norm']);
    expect([...(norm?.values ?? [])]).toEqual([scalars['train/gradient_norm']]);
    const { state } = await new CheckpointStore(folder('warm-1')).load('last');
    expect(state).toEqual(expected);
    const { sha256 } = await new WeightsStore(library).get('imported-1');
    expect(startedOf(messages)).toMatchObject({ initialWeights: sha256 });
  });

  it('goes on from its own checkpoint, not from them', async () => {
    await train('warm-2');
    const messages = await train('warm-2', { steps: 2 });
    expect(startedOf(messages)).toMatchObject({ from: { step: 1 }, initialWeights: undefined });
    await train('warm-3', { steps: 2 });
    const last = (run: string) => new CheckpointStore(folder(run)).stateHash(2);
    expect(await last('warm-2')).toBe(await last('warm-3'));
  });

  it('does not start where they are of another model or are gone', async () => {
    const other = { model: { ...model, widths: [2, 'pool' as const, 4] } };
    await expect(train('warm-4', other)).rejects.toMatchObject({ code: 'weights/other-model' });
    await expect(train('warm-5', { initialWeights: { weights: 'gone-1' } })).rejects.toMatchObject({
      code: 'weights/unknown',
    });
  });
});
