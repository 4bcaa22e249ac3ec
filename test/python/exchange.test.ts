import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { ModelSpec } from '../../src/contracts/run-spec.ts';
import { openExecutor } from '../../src/engine/executors/registry.ts';
import { methodOf } from '../../src/engine/methods/index.ts';
import { bufferSpecifications, parameterSpecifications, type ModelDefinition } from '../../src/engine/models/model.ts';
import { modelOf } from '../../src/engine/models/index.ts';
import { RandomStream } from '../../src/engine/training/random.ts';
import { Trainer } from '../../src/engine/training/trainer.ts';
import { exportOne } from '../../src/lab/exports/exporters.ts';
import { LiveTensorboard } from '../../src/lab/exports/live-tensorboard.ts';
import type { StoredTensor } from '../../src/library/formats/element-types.ts';
import { readPth } from '../../src/library/formats/pytorch/read-pth.ts';
import { npzParts } from '../../src/library/formats/write-npz.ts';
import { onnxParts } from '../../src/library/formats/write-onnx.ts';
import { pthParts } from '../../src/library/formats/write-pth.ts';
import { safetensorsParts } from '../../src/library/formats/write-safetensors.ts';
import { importFiles } from '../../src/library/imports/import-files.ts';
import { openLibrary } from '../../src/library/library.ts';
import { recordFixture } from '../../src/library/run-fixture.ts';
import { fitWeights } from '../../src/library/weights/fit-weights.ts';
import { netOf, task } from '../../src/library/weights/net-fixture.ts';
import { findPython } from './python.ts';

const python = findPython('what PyTorch, NumPy and TensorBoard make of our exports');

/** The study's sizes, but for VGG-16: half a gigabyte there. */
const networks: Readonly<Record<string, ModelSpec>> = {
  resnet18: { kind: 'resnet18', width: 64 },
  vgg11: { kind: 'vgg11', width: 64 },
  'vgg16-bn': { kind: 'vgg16-bn', width: 8 },
};
const widths = { resnet18: 64, vgg11: 64, 'vgg16-bn': 8 };

/** Steps and values by tag. */
const scalars = z.record(z.string(), z.array(z.tuple([z.number(), z.number().nullable()])));
const figures = z.object({
  torch: z.string(),
  networks: z.record(z.string(), z.record(z.string(), z.number().nullable())),
  events: scalars.nullable(),
  live: scalars.nullable(),
});
type Figures = z.infer<typeof figures>;

let folder = '';
const at = (name: string): string => join(folder, name);
const write = (name: string, parts: Iterable<Uint8Array>): void => writeFileSync(at(name), Buffer.concat([...parts]));

interface Images {
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** A trainer whose first step has these images as its one micro-batch. */
async function trainerOn(model: ModelDefinition, { images, labels }: Images): Promise<Trainer> {
  const length = images.length / labels.length;
  return Trainer.create({
    ...{ executor: await openExecutor('onnx', { threads: 1 }), model, method: methodOf({ method: 'small-batch' }) },
    ...{ learningRate: 1, batchSize: labels.length, microBatchSize: labels.length, seed: 1 },
    data: {
      ...{ size: labels.length, classes: model.classes, inputShape: model.inputShape },
      read: (indices) => ({
        images: Float32Array.from(
          [...indices].flatMap((index) => [...images.subarray(index * length, (index + 1) * length)]),
        ),
        labels: Int32Array.from(indices, (index) => labels[index] ?? 0),
      }),
    },
  });
}

/** Writes a net in every format, with images and our own logits of them in evaluation mode. */
async function exportNet(name: string, spec: ModelSpec): Promise<void> {
  const net = netOf(spec);
  const noise = RandomStream.named(11, name);
  const count = 4;
  const images = Float32Array.from({ length: count * 3 * 32 * 32 }, () => 2 * noise.uniform() - 1);
  const given = { images, labels: new Int32Array(count) };
  const trainer = await trainerOn(net.model, given);
  const named = (names: readonly { readonly name: string }[]): Record<string, Float32Array> =>
    Object.fromEntries(names.map((tensor) => [tensor.name, net.values[tensor.name] ?? new Float32Array()]));
  const { model } = net;
  const parameters = named(parameterSpecifications(model));
  await trainer.load({ parameters, buffers: named(bufferSpecifications(model)) });
  const logits: number[] = [];
  await trainer.evaluate(
    {
      ...{ size: count, classes: task.classes, inputShape: task.inputShape },
      read: () => given,
    },
    undefined,
    (row) => logits.push(...row),
  );
  await trainer.dispose();
  write(`${name}.pth`, pthParts(net.stateDict));
  write(`${name}.npz`, npzParts(net.stateDict));
  write(`${name}.safetensors`, safetensorsParts(net.stateDict, { format: 'pt' }));
  write(`${name}.onnx`, onnxParts(net));
  const expected = new Map<string, StoredTensor>([
    ['images', { type: 'F32', shape: [count, ...task.inputShape], data: images }],
    ['logits', { type: 'F32', shape: [count, task.classes], data: Float32Array.from(logits) }],
  ]);
  write(`${name}.expected.pth`, pthParts(expected));
}

/** A run with a curve, exported for TensorBoard. */
async function exportEvents(): Promise<void> {
  writeFileSync(at('curve.csv'), 'step,train/loss,validation/accuracy\n0,2.5,\n20,1.1,0.25\n40,NaN,0.5\n');
  const library = await openLibrary(at('library'), { create: true });
  const { imported } = await importFiles({
    ...{ library, paths: [at('curve.csv')], as: undefined, mapping: undefined, force: false, app: 'test' },
    ...{ staging: mkdtempSync(join(library.folder, '.import-')), progress: () => undefined },
  });
  await exportOne({
    ...{ library, format: 'tensorboard', reference: String(imported[0]?.id), out: at('board'), force: false },
    ...{ checkpoint: undefined, folders: { resources: folder, datasets: folder }, app: 'test' },
  });
}

/** A run that was written down to step 4, killed, and gone on with from the checkpoint of step 2. */
async function writeLive(): Promise<void> {
  const starts: readonly (readonly [steps: number[], values: number[]])[] = [
    [
      [1, 2, 3, 4],
      [4, 3, 2.5, 9],
    ],
    [
      [3, 4, 5],
      [2, 1, 0.5],
    ],
  ];
  for (const [index, [steps, values]] of starts.entries()) {
    vi.setSystemTime(Date.UTC(2026, 0, 1, 12, index));
    const live = await LiveTensorboard.open(at('live'), (error) => {
      throw error;
    });
    live.listener('run.changed', { ...recordFixture(), id: 'abcdefgh', status: 'running' });
    live.listener('run.metrics', { run: 'abcdefgh', series: { 'train/loss': { steps, values } } });
    await live.close();
  }
  vi.useRealTimers();
}

const readTensors = async (name: string): Promise<ReadonlyMap<string, StoredTensor>> =>
  (await readPth(at(name), statSync(at(name)).size, readFileSync(at(name)).subarray(0, 1000))).tensors;

describe.skipIf(python === null)('with PyTorch', () => {
  let found: Figures;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'microbatch-python-'));
    for (const [name, spec] of Object.entries(networks)) await exportNet(name, spec);
    await exportEvents();
    await writeLive();
    writeFileSync(at('networks.json'), JSON.stringify(widths));
    const script = join(import.meta.dirname, 'exchange.py');
    const { status, stdout, stderr } = spawnSync(python ?? '', [script, folder], {
      encoding: 'utf8',
      timeout: 300_000,
    });
    if (status !== 0) throw new Error(stderr);
    found = figures.parse(JSON.parse(stdout.slice(stdout.indexOf('{'))));
    const missing = Object.entries(found.networks['resnet18'] ?? {}).flatMap(([tool, worst]) =>
      worst === null ? [tool] : [],
    );
    if (found.events === null) missing.push('tensorboard');
    if (missing.length > 0) console.log(`SKIPPED: checks of ${missing.join(', ')}: not installed beside torch`);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Object.keys(networks))('an exported %s loads by its names and gives our logits', (name) => {
    const worst = Object.entries(found.networks[name] ?? {});
    expect(worst.map(([format]) => format)).toEqual(['pth', 'npz', 'safetensors', 'onnx']);
    for (const [format, error] of worst) {
      if (error !== null) expect({ format, close: error < 1e-4 }).toEqual({ format, close: true });
    }
    expect(found.networks[name]?.['pth']).toBeLessThan(1e-4);
  });

  it('TensorBoard reads an exported event file, in single precision', () => {
    if (found.events === null) return;
    expect(found.events).toEqual({
      'train/loss': [
        [0, 2.5],
        [20, Math.fround(1.1)],
        [40, null],
      ],
      'validation/accuracy': [
        [20, 0.25],
        [40, 0.5],
      ],
    });
  });

  it('TensorBoard follows a run that is resumed, and has each of its points once', () => {
    if (found.live === null) return;
    expect(found.live).toEqual({
      'train/loss': [
        [1, 4],
        [2, 3],
        [3, 2],
        [4, 1],
        [5, 0.5],
      ],
    });
  });

  it.each(['resnet18', 'vgg11'] as const)(
    'a checkpoint of the study for %s takes the first step of PyTorch here',
    async (kind) => {
      const model = modelOf({ kind, width: 4 }, task);
      const state = fitWeights({ kind, width: 4 }, task, await readTensors(`${kind}.reference.pth`), kind);
      const given = await readTensors(`${kind}.images.pth`);
      const images = given.get('images')?.data;
      const labels = given.get('labels')?.data;
      if (!(images instanceof Float32Array) || labels === undefined) throw new Error('the images are missing');
      const trainer = await trainerOn(model, { images, labels: Int32Array.from(labels, Number) });
      await trainer.load(state);
      await trainer.takeStep();
      const after = await trainer.parameters();
      await trainer.dispose();

      // With a learning rate of 1, the step is the gradient.
      const gradients = await readTensors(`${kind}.gradients.pth`);
      expect(new Set(gradients.keys())).toEqual(new Set(Object.keys(after)));
      let [difference, whole] = [0, 0];
      for (const [name, { data }] of gradients) {
        const [before, moved] = [state.parameters[name], after[name]];
        if (!(data instanceof Float32Array) || before === undefined || moved === undefined) throw new Error(name);
        for (const [index, gradient] of data.entries()) {
          difference += ((before[index] ?? 0) - (moved[index] ?? 0) - gradient) ** 2;
          whole += gradient ** 2;
        }
      }
      expect(Math.sqrt(whole)).toBeGreaterThan(0.1);
      expect(Math.sqrt(difference / whole)).toBeLessThan(1e-4);
    },
  );
});
