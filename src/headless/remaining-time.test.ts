import { describe, expect, it } from 'vitest';
import { remainingSeconds } from './remaining-time.ts';
import type { ExpectedCost, OpenRun } from './remaining-time.ts';

const open = (setting: string, stepsLeft: number, secondsPerStep: number | null = null): OpenRun => ({
  setting,
  stepsLeft,
  secondsLeft: secondsPerStep === null ? null : stepsLeft * secondsPerStep,
});
const outlook = (
  runs: readonly OpenRun[],
  {
    measured = {},
    expected = {},
    slots = 2,
  }: {
    readonly measured?: Readonly<Record<string, number>>;
    readonly expected?: Readonly<Record<string, ExpectedCost>>;
    readonly slots?: number;
  } = {},
) => ({ runs, measured: new Map(Object.entries(measured)), expected: new Map(Object.entries(expected)), slots });

describe('the time that remains', () => {
  it('is that of the slower of two runs side by side', () => {
    expect(remainingSeconds(outlook([open('a', 100, 0.1), open('b', 100, 0.3)]))).toBeCloseTo(30);
  });

  it('lets a waiting run follow on the slot that is free first', () => {
    const runs = [open('a', 100, 0.1), open('b', 100, 0.3), open('a', 150)];
    expect(remainingSeconds(outlook(runs, { measured: { a: 0.1 } }))).toBeCloseTo(30);
    expect(remainingSeconds(outlook(runs, { measured: { a: 0.1 }, slots: 1 }))).toBeCloseTo(55);
  });

  it('is unknown until every setting can be judged', () => {
    expect(remainingSeconds(outlook([open('a', 100, 0.1), open('b', 100)]))).toBeNull();
  });

  it('judges a setting that has not begun by earlier runs', () => {
    const expected = { b: { secondsPerStep: 0.5, workPerStep: 7 } };
    expect(remainingSeconds(outlook([open('b', 100)], { measured: { a: 0.1 }, expected }))).toBeCloseTo(50);
  });

  it('else by its work, at the speed of those that have', () => {
    const expected = {
      a: { secondsPerStep: null, workPerStep: 10 },
      b: { secondsPerStep: null, workPerStep: 40 },
    };
    expect(remainingSeconds(outlook([open('b', 100)], { measured: { a: 0.1 }, expected }))).toBeCloseTo(40);
  });

  it('is nothing once nothing is open', () => {
    expect(remainingSeconds(outlook([]))).toBe(0);
  });
});
