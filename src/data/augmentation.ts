import { Worker } from 'node:worker_threads';
import { MicrobatchError } from '../contracts/errors.ts';
import type { Augmentation, ImageBatch } from '../engine/training/data-source.ts';
import { augmentedImages } from './augmentation-protocol.ts';
import type { AugmentationJob, AugmentationSetting } from './augmentation-protocol.ts';
import { drawCrops } from './crops.ts';
import type { Normalisation, RawImages } from './raw-images.ts';

/** The module of the thread: beside this one in the sources, beside the entries (not in their chunks) in a build. */
const entry = new URL(
  import.meta.url.endsWith('.ts')
    ? './augmentation-worker.ts'
    : `${import.meta.url.includes('/chunks/') ? '..' : '.'}/augmentation-worker.js`,
  import.meta.url,
);

/** Crops and flips training images in a thread of its own, beside the executor. */
export class AugmentationThread implements Augmentation {
  readonly draw = drawCrops;
  readonly #worker: Worker;
  readonly #labels: RawImages['labels'];
  /** Jobs that are not answered yet, oldest first: the thread answers in the order of the questions. */
  readonly #waiting: { resolve: (images: Float32Array) => void; reject: (error: Error) => void }[] = [];
  #failure: Error | undefined;

  constructor(images: RawImages, normalisation: Normalisation) {
    const { pixels, shape, scale, labels } = images;
    const shared = new SharedArrayBuffer(pixels.byteLength);
    new Uint8Array(shared).set(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
    const setting: AugmentationSetting = {
      shared,
      elementType: pixels instanceof Uint8Array ? 'uint8' : 'float32',
      shape: [...shape],
      scale,
      normalisation: {
        mean: [...normalisation.mean],
        standardDeviation: [...normalisation.standardDeviation],
      },
    };
    this.#labels = labels;
    this.#worker = new Worker(entry, { workerData: setting });
    this.#worker.unref();
    this.#worker.on('message', (value: unknown) => this.#waiting.shift()?.resolve(augmentedImages.parse(value)));
    this.#worker.on('error', (cause) => this.#fail(cause));
    this.#worker.on('exit', () => this.#fail(undefined));
  }

  readonly prepare = async (indices: Uint32Array, drawn: Uint8Array): Promise<ImageBatch> => {
    if (this.#failure !== undefined) throw this.#failure;
    const answered = new Promise<Float32Array>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const job: AugmentationJob = { indices: indices.slice(), drawn: drawn.slice() };
    this.#worker.postMessage(job);
    const images = await answered;
    return { images, labels: Int32Array.from(indices, (index) => this.#labels[index] ?? 0) };
  };

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(cause: unknown): void {
    this.#failure ??= new MicrobatchError(
      { code: 'data/augmentation-ended', message: 'the thread that augments images ended' },
      { cause },
    );
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
