import { describe, expect, it } from 'vitest';
import { findStop, StopWatch } from './stop-watch.ts';
import type { RecordedCurve, StopRuleValues } from './stop-watch.ts';

const curve = (...points: (readonly [step: number, value: number])[]): RecordedCurve => ({
  steps: points.map(([step]) => step),
  values: points.map(([, value]) => value),
});
const none = curve();
const accuracies = (...values: number[]): RecordedCurve =>
  curve(...values.map((value, index) => [10 * (index + 1), value] as const));
const stopAt = (rule: StopRuleValues, losses: RecordedCurve, evaluations: RecordedCurve): number | null =>
  findStop(rule, losses, evaluations)?.step ?? null;

describe('a rule on the loss', () => {
  it('ends a run as diverged at the first recorded loss above the threshold, not at it', () => {
    const losses = curve([1, 2.3], [20, 5], [40, 5.01], [60, 2]);
    expect(findStop({ lossAbove: 5 }, losses, none)).toMatchObject({ step: 40, outcome: 'diverged' });
    expect(stopAt({ lossAbove: 6 }, losses, accuracies(0.5))).toBeNull();
  });

  it('comes before an evaluation of the same step', () => {
    const rule = { lossAbove: 5, accuracyReached: 0.5 };
    expect(findStop(rule, curve([10, 9]), accuracies(0.6))).toMatchObject({ step: 10, outcome: 'diverged' });
  });
});

describe('a rule on the accuracy', () => {
  it('ends a run as done at the first evaluation that reaches it', () => {
    expect(findStop({ accuracyReached: 0.6 }, none, accuracies(0.5, 0.6, 0.7))).toMatchObject({
      step: 20,
      outcome: 'done',
    });
    expect(stopAt({ accuracyReached: 0.8 }, none, accuracies(0.5, 0.6, 0.7))).toBeNull();
  });
});

describe('a rule on a plateau', () => {
  it('ends a run after so many evaluations in a row without a better one', () => {
    const evaluations = accuracies(0.5, 0.6, 0.6, 0.59, 0.61, 0.6, 0.61, 0.61);
    expect(stopAt({ plateau: { evaluations: 2, gain: 0 } }, none, evaluations)).toBe(40);
    expect(stopAt({ plateau: { evaluations: 3, gain: 0 } }, none, evaluations)).toBe(80);
    expect(stopAt({ plateau: { evaluations: 4, gain: 0 } }, none, evaluations)).toBeNull();
  });

  it('counts only gains above the given one, from the last best that counted', () => {
    const creeping = accuracies(0.5, 0.505, 0.509, 0.512, 0.513);
    expect(stopAt({ plateau: { evaluations: 2, gain: 0.01 } }, none, creeping)).toBe(30);
    expect(stopAt({ plateau: { evaluations: 3, gain: 0.01 } }, none, creeping)).toBeNull();
  });

  it('takes the first evaluation as the first best, even at 0', () => {
    expect(stopAt({ plateau: { evaluations: 1, gain: 0 } }, none, accuracies(0, 0))).toBe(20);
  });
});

describe('fed value by value', () => {
  it('a rule decides as over the whole curve, wherever it is fed again from the beginning', () => {
    const rule = { plateau: { evaluations: 3, gain: 0.002 }, accuracyReached: 0.9 };
    const values = Array.from({ length: 60 }, (_, index) => 0.5 + 0.2 * Math.sin(index * 1.7) + index / 400);
    const whole = stopAt(rule, none, accuracies(...values));
    for (const cut of [0, 1, 3, 5]) {
      const before = new StopWatch(rule);
      for (const value of values.slice(0, cut)) before.accuracy(value);
      const watch = new StopWatch(rule);
      const index = values.findIndex((value) => watch.accuracy(value) !== null);
      expect(index === -1 ? null : 10 * (index + 1)).toBe(whole);
    }
  });

  it('without a rule never decides', () => {
    const watch = new StopWatch();
    expect([watch.loss(1e30), watch.accuracy(1), watch.accuracy(0)]).toEqual([null, null, null]);
  });
});
