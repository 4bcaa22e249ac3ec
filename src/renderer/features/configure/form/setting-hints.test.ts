import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../engine/training/random.ts';
import { Sampler } from '../../../../engine/training/sampler.ts';
import type { JsonObject } from '../fields/json.ts';
import { hintOf } from './setting-hints.ts';

const dataset = {
  id: 'small',
  label: 'Small images',
  classes: ['a', 'b'],
  imageShape: [1, 28, 28] satisfies [number, number, number],
  trainImages: 6000,
  validationImages: 2000,
  validationNote: 'Validation is the test file.',
  licence: '',
};

function hint(key: string, document: JsonObject, help = ''): ReturnType<typeof hintOf> {
  const data = { dataset: { id: 'small' }, ...document };
  return hintOf(key, help, { document: data, datasets: [dataset], cores: 2, parameters: 5602 });
}

/** Steps of one epoch as the engine serves them. */
function stepsOfEpoch(images: number, batch: number, micro: number): number {
  const sampler = new Sampler(images, micro, {
    epoch: 0,
    position: 0,
    stream: RandomStream.named(1, 'order').capture(),
  });
  let steps = 0;
  while (sampler.capture().epoch === 0) {
    sampler.nextGroup(Math.ceil(batch / micro));
    steps += 1;
  }
  return steps - 1;
}

describe('words about a setting that follow from the others', () => {
  it.each([
    [500, 500, 50],
    [500, 25, 25],
    [40_000, 5120, 128],
    [6000, 5120, 100],
    [500, 300, 64],
    [7, 3, 2],
  ])('count the steps of an epoch as the engine does: %i images, batch %i of %i', (images, batch, micro) => {
    const document = {
      dataset: { id: 'small', trainSize: images },
      batchSize: batch,
      microBatchSize: micro,
      steps: 10,
    };
    const steps = stepsOfEpoch(images, batch, micro);
    expect(hint('steps', document).help).toBe(
      `${steps.toLocaleString('en-US')} ${steps === 1 ? 'step' : 'steps'} per epoch.`,
    );
  });

  it('give epochs beside steps, with a decimal where there is one', () => {
    const document = { dataset: { id: 'small', trainSize: 500 }, batchSize: 25, steps: 1500 };
    expect(hint('steps', document).unit).toBe('75 epochs');
    expect(hint('steps', { ...document, steps: 10 }).unit).toBe('0.5 epochs');
  });

  it('say nothing that is not known', () => {
    expect(hint('steps', { dataset: { id: 'other' }, batchSize: 25, steps: 10 })).toEqual({});
    expect(hint('steps', { batchSize: [25, 50], steps: 10 })).toEqual({});
    expect(hint('radius', {})).toEqual({});
  });

  it('tell what leaving a setting out means', () => {
    expect(hint('dataset.trainSize', {}).placeholder).toBe('6,000');
    expect(hint('dataset.resize', {}).placeholder).toBe('28');
    expect(hint('microBatchSize', { batchSize: 500 }).placeholder).toBe('500');
  });

  it('say where validation comes from', () => {
    expect(hint('dataset.id', {}).help).toBe('6,000 grey images, 28 × 28, 2 classes. Validation is the test file.');
  });

  it('count what a run records', () => {
    expect(hint('logEvery', { steps: 1500, logEvery: 20 }).help).toBe('75 points of every curve.');
    expect(hint('evaluateEvery', { steps: 10, evaluateEvery: 20 }, 'On validation images.').help).toBe(
      'On validation images. 1 evaluation a run.',
    );
  });
});
