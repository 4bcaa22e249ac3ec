import { describe, expect, it } from 'vitest';
import { statedMeanings, statedMethod, statedSeed } from './stated-settings.ts';

describe('the settings of a foreign run', () => {
  it('state a seed under a usual name, nested or not', () => {
    expect(statedSeed({ seed: 3, learning_rate: 0.1 })).toEqual({ value: 3, names: ['seed'] });
    expect(statedSeed({ 'args.random_seed': 7, SEED: 7 })).toEqual({ value: 7, names: ['args.random_seed', 'SEED'] });
  });

  it('state none where it is ambiguous or no whole number', () => {
    for (const settings of [
      {},
      { seed: 3, manual_seed: 4 },
      { seed: 'abc' },
      { seed: 0.5 },
      { seed: -1 },
      { seeds: 3 },
    ]) {
      expect(statedSeed(settings)).toBeNull();
    }
  });

  it('state a method by its id or by its name in the code of the study, and nothing is guessed', () => {
    expect(statedMethod({ test: 'RegLoss' })).toEqual({ value: 'gradient-norm', names: ['test'] });
    expect(statedMethod({ 'train.method': 'fisher-trace' })?.value).toBe('fisher-trace');
    for (const settings of [{ method: 'adam' }, { test: true }, { method: 'SAM', test: 'RegLoss' }]) {
      expect(statedMethod(settings)).toBeNull();
    }
  });

  it('are told with the names that they go by', () => {
    expect(statedMeanings({ test: 'RegLoss', seed: 12 })).toEqual([
      'the seed is 12, by the setting seed',
      'the method is gradient-norm, by the setting test',
    ]);
  });
});
