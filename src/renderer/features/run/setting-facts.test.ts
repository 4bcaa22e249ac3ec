import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import { settingFacts } from './setting-facts.ts';

const factsOf = (run: ReturnType<typeof runOf>): Record<string, string> =>
  Object.fromEntries(settingFacts(run.spec, () => 'Fashion-MNIST').map(({ name, value }) => [name, value]));

describe('the settings of a run in words', () => {
  it('tell the micro-batches of a step and the weight of the penalty', () => {
    expect(factsOf(runOf('gradient-norm', 3, 90))).toMatchObject({
      Method: 'Gradient norm',
      Data: 'Fashion-MNIST',
      'Training images': '500',
      'Batch size': '500 images',
      'Micro-batch': '50 images, 10 a step',
      λ: '0.03',
      Seed: '3',
    });
  });

  it('leave out what the method does not have', () => {
    const facts = factsOf(runOf('small-batch', 1, 90));
    expect(facts).not.toHaveProperty('λ');
    expect(facts).not.toHaveProperty('Micro-batch');
  });
});
