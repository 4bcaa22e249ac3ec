import { describe, expect, it } from 'vitest';
import { RandomStream } from './random.ts';
import { Sampler } from './sampler.ts';

const start = () => ({ epoch: 0, position: 0, stream: RandomStream.named(1, 'order').capture() });
const plain = (group: readonly Uint32Array[]): number[][] => group.map((indices) => [...indices]);

describe('Sampler', () => {
  it('serves every example once an epoch, in groups that end with the epoch', () => {
    const sampler = new Sampler(10, 3, start());
    const epochs = [0, 1].map(() => [...plain(sampler.nextGroup(3)), ...plain(sampler.nextGroup(3))]);
    for (const epoch of epochs) {
      expect(epoch.map((microBatch) => microBatch.length)).toEqual([3, 3, 3, 1]);
      expect(epoch.flat().toSorted((left, right) => left - right)).toEqual([...Array(10).keys()]);
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it('continues from a captured position, in the middle and at the end of an epoch', () => {
    for (const groups of [1, 2, 3]) {
      const whole = new Sampler(10, 3, start());
      for (let group = 0; group < groups; group += 1) whole.nextGroup(2);
      const copy = new Sampler(10, 3, whole.capture());
      for (let group = 0; group < 5; group += 1) expect(plain(copy.nextGroup(2))).toEqual(plain(whole.nextGroup(2)));
    }
  });

  it('knows the sizes that micro-batches can have', () => {
    expect(Sampler.microBatchSizes(40_000, 128)).toEqual([128, 64]);
    expect(Sampler.microBatchSizes(500, 50)).toEqual([50]);
    expect(Sampler.microBatchSizes(20, 50)).toEqual([20]);
  });
});
