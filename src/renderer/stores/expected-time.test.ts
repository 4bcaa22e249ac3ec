import { describe, expect, it } from 'vitest';
import { runOf } from '../../../test/comparison-runs.ts';
import { expectedSeconds, measuredPace, schedule } from './expected-time.ts';

describe('the expected time of a run', () => {
  it('comes from its replicates that are done, by the step', () => {
    const waiting = runOf('small-batch', 3, null, {}, { status: 'queued', step: 0 });
    const records = [
      waiting,
      runOf('small-batch', 1, 70, {}, { step: 100, seconds: 10 }),
      runOf('small-batch', 2, 70, {}, { step: 100, seconds: 30 }),
      runOf('small-batch', 4, 70, {}, { status: 'stopped', step: 1, seconds: 999 }),
      runOf('large-batch', 1, 70, {}, { step: 100, seconds: 999 }),
    ];
    expect(expectedSeconds(measuredPace(records), waiting)).toBe(20);
  });

  it('is unknown before one of its setting is done', () => {
    const waiting = runOf('small-batch', 3, null, {}, { status: 'queued' });
    const pace = measuredPace([waiting, runOf('small-batch', 1, 70, { learningRate: 0.2 })]);
    expect(expectedSeconds(pace, waiting)).toBeNull();
  });
});

describe('the schedule of a queue', () => {
  it('gives each free place the next run', () => {
    expect(schedule([10, 30], [5, 5, 40], 2)).toEqual({ starts: [10, 15, 20], end: 60 });
  });

  it('starts at once where places are free', () => {
    expect(schedule([], [5, 7], 2)).toEqual({ starts: [0, 0], end: 7 });
  });

  it('knows the starts before a run of unknown time, and not the end', () => {
    expect(schedule([10], [null, 5], 1)).toEqual({ starts: [10, null], end: null });
  });

  it('cannot know what comes after a run of unknown time', () => {
    expect(schedule([null, 10], [5, 5], 2)).toEqual({ starts: [null, null], end: null });
    expect(schedule([null], [5, 5], 2)).toEqual({ starts: [0, null], end: null });
  });
});
