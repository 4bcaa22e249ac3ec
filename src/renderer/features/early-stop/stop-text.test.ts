import { describe, expect, it } from 'vitest';
import type { StopReplay } from '../../../contracts/stop-rule.ts';
import { readStop, totalsOf } from './stop-text.ts';

const nothing = { lossAbove: '', accuracy: '', evaluations: '', gain: '' };

describe('the fields of a stop rule', () => {
  it('are a rule, percent as fractions; empty ones are no part of it', () => {
    expect(readStop({ ...nothing, lossAbove: '5' })).toEqual({ rule: { lossAbove: 5 }, errors: {} });
    expect(readStop({ lossAbove: '', accuracy: '80', evaluations: '10', gain: '0.1' })).toEqual({
      rule: { accuracyReached: 0.8, plateau: { evaluations: 10, gain: 0.001 } },
      errors: {},
    });
  });

  it('are none where nothing is asked for, or where one is wrong, which is said', () => {
    expect(readStop(nothing)).toEqual({ rule: null, errors: {} });
    expect(readStop({ ...nothing, gain: '1' })).toEqual({ rule: null, errors: {} });
    expect(readStop({ lossAbove: '0', accuracy: '101', evaluations: '1.5', gain: 'x' })).toEqual({
      rule: null,
      errors: {
        lossAbove: 'A loss above 0',
        accuracy: 'A percentage above 0, at most 100',
        evaluations: 'A whole number from 1',
        gain: 'Points from 0 to 100',
      },
    });
  });
});

it('the totals count what is saved, and name the run that loses most', () => {
  const replay = (changes: Partial<StopReplay>): StopReplay => ({
    ...{ run: 'a', name: '', steps: 100, stopsAt: null, reason: null, best: 0.9, bestAtStop: 0.9 },
    ...{ accuracyLost: 0, stepsSaved: 0, secondsSaved: 0, ...changes },
  });
  const replays = [
    replay({ stopsAt: 40, stepsSaved: 60, secondsSaved: 6, accuracyLost: 0.02 }),
    replay({ run: 'b', accuracyLost: null, best: null, bestAtStop: null }),
  ];
  expect(totalsOf(replays, () => 10)).toEqual({
    ...{ runs: 2, ended: 1, stepsSaved: 60, secondsSaved: 6, seconds: 20, mostLost: 0.02, losing: 1 },
  });
});
