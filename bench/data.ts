import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { importDataset } from '../src/data/import-dataset.ts';
import { openDataset } from '../src/data/open-dataset.ts';
import type { OpenDataset } from '../src/data/open-dataset.ts';
import { tarOf } from '../src/data/readers/archive-fixture.ts';
import { openExecutor } from '../src/engine/executors/registry.ts';
import { methodOf } from '../src/engine/methods/index.ts';
import { modelOf } from '../src/engine/models/index.ts';
import { bufferSpecifications, parameterSpecifications } from '../src/engine/models/model.ts';
import { initialTensors } from '../src/engine/training/initialise.ts';
import { MicroBatchFeed, type FeedOptions } from '../src/engine/training/micro-batch-feed.ts';
import { RandomStream } from '../src/engine/training/random.ts';
import { TrainingSession } from '../src/engine/training/training-session.ts';
import { runtimesFolder } from '../src/lab/user-folders.ts';
import type { BenchOptions } from './engine.ts';
import { machineName, median } from './report.ts';
import type { BenchReport, BenchRow } from './report.ts';

const microBatch = 32;
const threads = 2;
const rounds = 5;
/** Micro-batches of a round, of the loader and of the executor. */
const readBatches = 200;
const trainedBatches = 6;

/** Times the way of the images from an archive to the executor. */
export async function benchData({ say }: BenchOptions): Promise<BenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'microbatch-bench-'));
  try {
    const datasets = join(folder, 'datasets');
    const archive = join(folder, 'noise.tar.gz');
    await writeFile(archive, gzipSync(noiseArchive(), { level: 1 }));
    say('archive of 60,000 images: written');
    const begin = performance.now();
    await importDataset(datasets, { path: archive, id: 'noise' });
    const seconds = (performance.now() - begin) / 1000;
    say(`import: ${seconds.toFixed(1)} s`);
    const dataset = await openDataset({ id: 'noise', augment: true }, { resources: '', datasets });
    try {
      return {
        machine: machineName(),
        rows: [...(await loaderRows(dataset, say)), row('import', 's', seconds, 'lower')],
      };
    } finally {
      await dataset.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function loaderRows(dataset: OpenDataset, say: (line: string) => void): Promise<BenchRow[]> {
  const consumer = await Consumer.open(dataset);
  const figures = { read: [0], augment: [0], consumed: [0], waiting: [0] };
  for (const list of Object.values(figures)) list.length = 0;
  try {
    // The first round compiles and warms up.
    for (let round = 0; round <= rounds; round += 1) {
      const read = readSpeed(dataset);
      const augment = await augmentSpeed(dataset);
      const { consumed, waiting } = await consumer.round();
      if (round === 0) continue;
      figures.read.push(read);
      figures.augment.push(augment);
      figures.consumed.push(consumed);
      figures.waiting.push(waiting);
      say(`round ${String(round)}: done`);
    }
  } finally {
    await consumer.dispose();
  }
  const against = (mode: string, ours: readonly number[]): BenchRow => ({
    ...row(mode, 'images/s', median(ours), 'higher'),
    executor: consumer.name,
    peer: median(figures.consumed),
    ratio: median(ours.map((speed, round) => speed / (figures.consumed[round] ?? Number.NaN))),
  });
  const waiting = { ...row('waiting', '%', 100 * median(figures.waiting), 'lower'), executor: consumer.name };
  return [against('read', figures.read), against('augment', figures.augment), waiting];
}

function row(mode: string, unit: string, ours: number, better: BenchRow['better']): BenchRow {
  return { case: 'cifar10', executor: '', mode, threads, unit, ours, peer: null, ratio: null, better };
}

/** Images a second that are normalised in random order. */
function readSpeed({ train }: OpenDataset): number {
  const order = RandomStream.named(1, 'bench').permutation(train.size);
  const begin = performance.now();
  for (let batch = 0; batch < readBatches; batch += 1) {
    train.read(order.subarray(batch * microBatch, (batch + 1) * microBatch));
  }
  return speedSince(begin, readBatches);
}

/** Images a second that the thread crops and flips, a few micro-batches asked for at once as training does. */
async function augmentSpeed({ train }: OpenDataset): Promise<number> {
  const feed = new MicroBatchFeed(feedOf(train, readBatches), MicroBatchFeed.startOf(1));
  const begin = performance.now();
  let batches = 0;
  for await (const { labels } of feed.nextGroup().batches) batches += labels.length / microBatch;
  return speedSince(begin, batches);
}

/** Images that are fed, as augmented ones always are. */
function feedOf(data: OpenDataset['train'], groupSize: number): FeedOptions {
  return { data, resident: undefined, microBatchSize: microBatch, groupSize };
}

function speedSince(begin: number, batches: number): number {
  return (batches * microBatch * 1000) / (performance.now() - begin);
}

/** ResNet-18 in training on the best executor here, fed by the thread. */
class Consumer {
  readonly name: string;
  readonly #session: TrainingSession;
  readonly #feed: MicroBatchFeed;

  private constructor(name: string, session: TrainingSession, feed: MicroBatchFeed) {
    this.name = name;
    this.#session = session;
    this.#feed = feed;
  }

  static async open({ train }: OpenDataset): Promise<Consumer> {
    const executor = await openExecutor('auto', { threads, runtimes: runtimesFolder() });
    const model = modelOf({ kind: 'resnet18', width: 64 }, { inputShape: train.inputShape, classes: train.classes });
    const session = await TrainingSession.open(executor, {
      model,
      method: methodOf({ method: 'large-batch' }),
      microBatchSizes: [microBatch],
      microBatches: trainedBatches,
      evaluationSize: microBatch,
    });
    const tensors = {
      parameter: initialTensors(parameterSpecifications(model), 1),
      buffer: initialTensors(bufferSpecifications(model), 1),
    };
    for (const [prefix, named] of Object.entries(tensors)) {
      for (const [name, data] of Object.entries(named)) await session.write(`${prefix}/${name}`, data);
    }
    const feed = new MicroBatchFeed(feedOf(train, trainedBatches), MicroBatchFeed.startOf(1));
    return new Consumer(executor.description.name, session, feed);
  }

  /** Images a second of one step, and the share of its time that went by waiting for images. */
  async round(): Promise<{ consumed: number; waiting: number }> {
    const begin = performance.now();
    let waited = 0;
    let asked = begin;
    for await (const batch of this.#feed.nextGroup().batches) {
      waited += performance.now() - asked;
      await this.#session.accumulate(batch);
      asked = performance.now();
    }
    await this.#session.apply(0.01);
    const consumed = speedSince(begin, trainedBatches);
    return { consumed, waiting: waited / (performance.now() - begin) };
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

/** The binary archive of CIFAR-10 with noise for images. */
function noiseArchive(): Buffer {
  const stream = RandomStream.named(1, 'noise archive');
  const file = (): Uint8Array => {
    const words = Uint32Array.from({ length: (10_000 * 3073) / 4 }, () => stream.next());
    const bytes = new Uint8Array(words.buffer);
    for (let image = 0; image < 10_000; image += 1) bytes[image * 3073] = image % 10;
    return bytes;
  };
  const names = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];
  return tarOf(names.map((name) => ({ path: `cifar-10-batches-bin/${name}.bin`, content: file() })));
}
