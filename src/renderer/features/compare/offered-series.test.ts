import { describe, expect, it } from 'vitest';
import { beginsGroup, offeredSeries } from './offered-series.ts';

describe('the series that the charts of a comparison can show', () => {
  it('are those that its runs recorded, what the machine did last', () => {
    const recorded = ['system/cpu_machine', 'instrument/fisher_trace', 'train/loss', 'validation/accuracy'];
    expect(offeredSeries(recorded, ['train/loss'])).toEqual([
      'validation/accuracy',
      'train/loss',
      'instrument/fisher_trace',
      'system/cpu_machine',
    ]);
  });

  it('have members of a family behind it, and never the family as a whole', () => {
    const recorded = ['instrument/fisher_trace', 'instrument/update_to_weight/fc', 'instrument/update_to_weight'];
    expect(offeredSeries(recorded, [])).toEqual([
      'instrument/update_to_weight',
      'instrument/update_to_weight/fc',
      'instrument/fisher_trace',
    ]);
  });

  it('are no places on x, also before anything was recorded', () => {
    const offered = offeredSeries(['progress/epoch', 'system/seconds'], ['train/loss']);
    expect(offered).toContain('validation/accuracy');
    expect(offered.filter((name) => /^(progress|system)|[A-Z]/.test(name))).toEqual([]);
  });

  it('are what is shown, whoever recorded it, unknown ones behind the known', () => {
    expect(offeredSeries(['train/loss'], ['eval/f1', 'train/penalty'])).toEqual([
      'train/loss',
      'train/penalty',
      'eval/f1',
    ]);
  });

  it('come in groups', () => {
    const names = offeredSeries(['system/disk_free', 'instrument/fisher_trace', 'train/loss', 'train/accuracy'], []);
    expect(names.map((_, index) => beginsGroup(names, index))).toEqual([false, false, true, true]);
  });
});
