/** Entry of the thread that augments: one micro-batch after another, in the order they were asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import { augmentationJob, augmentationSetting } from './augmentation-protocol.ts';
import { cropAt } from './crops.ts';
import { Normaliser } from './normaliser.ts';

const { shared, elementType, shape, scale, normalisation } = augmentationSetting.parse(workerData);
const pixels = elementType === 'uint8' ? new Uint8Array(shared) : new Float32Array(shared);
const normaliser = new Normaliser({ pixels, shape, scale }, normalisation);
const length = shape[0] * shape[1] * shape[2];

parentPort?.on('message', (value: unknown) => {
  const { indices, drawn } = augmentationJob.parse(value);
  const images = new Float32Array(indices.length * length);
  for (const [position, index] of indices.entries()) {
    normaliser.writeCropped(index, cropAt(drawn, position), images, position * length);
  }
  parentPort?.postMessage(images, [images.buffer]);
});
