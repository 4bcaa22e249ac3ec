import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ModelSpec } from '../../../contracts/run-spec.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { evaluateReference } from '../../graph/reference.ts';
import { forward } from '../../models/forward.ts';
import { bufferSpecifications, parameterSpecifications } from '../../models/model.ts';
import type { TensorSpecification } from '../../models/model.ts';
import { RandomStream } from '../../training/random.ts';
import { writeNewFolder } from '../../../library/exports/new-folder.ts';
import { netOf } from '../../../library/weights/net-fixture.ts';
import type { NetWeights } from '../../../library/weights/net-weights.ts';
import { isTfjsFile, tfjsFiles, tfjsTensors } from '../../../library/formats/write-tfjs.ts';

const noise = RandomStream.named(5, 'tfjs model');
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-tfjs-'));
  await tf.setBackend('cpu');
});
afterAll(() => rmSync(folder, { recursive: true }));

const modelFile = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.tuple([
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.int()), dtype: z.literal('float32') })),
    }),
  ]),
});

const write = (name: string, net: NetWeights) =>
  writeNewFolder(join(folder, name), tfjsFiles(net), { force: false, isOurs: isTfjsFile });

/** As tfjs reads it, from the files on the disk. */
async function load(name: string) {
  const { modelTopology, weightsManifest } = modelFile.parse(
    JSON.parse(readFileSync(join(folder, name, 'model.json'), 'utf8')),
  );
  const [{ paths, weights }] = weightsManifest;
  const weightData = Uint8Array.from(Buffer.concat(paths.map((path) => readFileSync(join(folder, name, path))))).buffer;
  return loadLayersModel({ load: () => Promise.resolve({ modelTopology, weightSpecs: weights, weightData }) });
}

function engineLogits({ model, values }: NetWeights, images: readonly number[], count: number): number[] {
  const builder = new GraphBuilder();
  const inputs = (specifications: TensorSpecification[]) =>
    Object.fromEntries(specifications.map(({ name, shape }) => [name, builder.input(name, shape)]));
  const { logits } = forward(builder, model, {
    images: builder.input('images', [count, ...model.inputShape]),
    parameters: inputs(parameterSpecifications(model)),
    buffers: inputs(bufferSpecifications(model)),
    mode: 'evaluation',
  });
  const given = Object.fromEntries(Object.entries(values).map(([name, each]) => [name, [...each]]));
  return [...(evaluateReference(builder, { ...given, images: [...images] })[logits] ?? [])];
}

const task = { inputShape: [3, 32, 34], classes: 10 } as const;

describe('a LayersModel of TensorFlow.js', () => {
  it.each<[string, ModelSpec]>([
    ['mlp', { kind: 'mlp', widths: [5] }],
    ['convnet', { kind: 'convnet', widths: [2, 'pool', 3], batchNorm: true }],
    ['convnet without batch norm', { kind: 'convnet', widths: [2, 'pool'], batchNorm: false }],
    ['resnet18', { kind: 'resnet18', width: 1 }],
    ['vgg11', { kind: 'vgg11', width: 1 }],
    ['vgg16-bn', { kind: 'vgg16-bn', width: 1 }],
  ])('of %s gives the logits of the engine, for any number of images', async (name, spec) => {
    const net = netOf(spec, task);
    await write(name, net);
    const model = await load(name);
    const [channels, height, width] = task.inputShape;
    expect(model.inputNames).toEqual(['images']);
    expect(model.inputs.map(({ shape }) => shape)).toEqual([[null, height, width, channels]]);
    expect(model.outputNames).toEqual(['logits']);
    for (const count of [1, 2]) {
      const images = Array.from({ length: count * channels * height * width }, () => noise.uniform() - 0.5);
      const logits = tf.tidy(() => {
        const given = tf.transpose(tf.tensor(images, [count, channels, height, width]), [0, 2, 3, 1]);
        const predicted = model.predict(given);
        if (Array.isArray(predicted)) throw new Error('one output was expected');
        expect(predicted.shape).toEqual([count, 10]);
        return [...predicted.dataSync()];
      });
      const expected = engineLogits(net, images, count);
      const largest = Math.max(...expected.map(Math.abs));
      const worst = Math.max(...expected.map((value, index) => Math.abs(value - (logits[index] ?? Number.NaN))));
      expect(worst / largest).toBeLessThan(1e-4);
      expect(largest).toBeGreaterThan(0.01);
    }
    model.dispose();
  });

  it('has its weights in files of 4 MB', async () => {
    const net = netOf({ kind: 'mlp', widths: [1200] }, { inputShape: [1, 30, 30], classes: 2 });
    const [model, ...shards] = await write('wide', net);
    expect(model?.path).toBe(join(folder, 'wide', 'model.json'));
    expect(shards.map(({ path, bytes }) => [path, bytes])).toEqual([
      [join(folder, 'wide', 'group1-shard1of2.bin'), 4_194_304],
      [join(folder, 'wide', 'group1-shard2of2.bin'), 4 * (900 * 1200 + 1200 + 1200 * 2 + 2) - 4_194_304],
    ]);
    const loaded = await load('wide');
    const kernel = tfjsTensors(net).get('layers.0/kernel');
    expect(kernel?.shape).toEqual([900, 1200]);
    expect(loaded.getLayer('layers.0').getWeights()[0]?.dataSync()).toEqual(kernel?.data);
    loaded.dispose();
  });
});
