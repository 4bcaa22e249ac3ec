import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunProgress } from '../contracts/run-record.ts';
import { ProgressReporter } from './progress-reporter.ts';

/** A reporter whose time is that of the test, with the last thing that it said. */
function reporterOf(steps: number, evaluateEvery: number) {
  const said: RunProgress[] = [];
  const reporter = new ProgressReporter('run-1', { steps, evaluateEvery }, (message) => {
    if (message.type === 'progress') said.push(message.progress);
  });
  return { reporter, last: () => said.at(-1) };
}

describe('the progress of a run', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is not known before a second mark', () => {
    const { reporter, last } = reporterOf(100, 50);
    reporter.flush(0, 0);
    expect(last()).toMatchObject({ stepsPerSecond: 0, remainingSeconds: null, evaluated: null });
  });

  it('counts the speed of steps alone, and the evaluations to come by the time of the last', () => {
    const { reporter, last } = reporterOf(100, 20);
    reporter.flush(0, 0);
    reporter.flush(20, 2);
    reporter.beginEvaluation(20, 2);
    reporter.endEvaluation(5);
    reporter.flush(30, 6);
    // 70 steps at 10 a second, and evaluations of 3 s at 40, 60, 80 and 100.
    expect(last()).toMatchObject({ stepsPerSecond: 10, evaluated: null });
    expect(last()?.remainingSeconds).toBeCloseTo(7 + 4 * 3);
  });

  it('says how far a step is that takes long, and how long the whole takes by its beginning', () => {
    const { reporter, last } = reporterOf(3, 3);
    reporter.flush(0, 0);
    reporter.stepping(0.25, 0, 60);
    expect(last()).toMatchObject({ step: 0, underway: 0 });
    vi.advanceTimersByTime(60_000);
    reporter.stepping(0.25, 0, 60);
    expect(last()).toMatchObject({ step: 0, underway: 0.25, remainingSeconds: 2.75 * 240 });
    vi.advanceTimersByTime(180_000);
    reporter.stepping(1, 0, 240);
    reporter.flush(1, 240);
    expect(last()).toMatchObject({ step: 1, underway: 0, remainingSeconds: 2 * 240 });
  });

  it('says how far an evaluation is, and learns from its beginning how long one takes', () => {
    const { reporter, last } = reporterOf(50, 20);
    reporter.flush(0, 0);
    reporter.flush(20, 2);
    reporter.beginEvaluation(20, 2);
    reporter.evaluated(0.25, 20, 3);
    reporter.flush(20, 3);
    // A quarter took 1 s: 3 s of this one, 4 s each at 40 and after the last step, 30 steps at 10 a second.
    expect(last()).toMatchObject({ step: 20, stepsPerSecond: 10, evaluated: 0.25 });
    expect(last()?.remainingSeconds).toBeCloseTo(3 + 2 * 4 + 3);
  });

  it('ends at nothing', () => {
    const { reporter, last } = reporterOf(20, 20);
    reporter.flush(0, 0);
    reporter.flush(20, 2);
    reporter.beginEvaluation(20, 2);
    reporter.evaluated(1, 20, 4);
    reporter.flush(20, 4);
    expect(last()?.remainingSeconds).toBeCloseTo(0);
    reporter.endEvaluation(4);
    reporter.flush(20, 4);
    expect(last()).toMatchObject({ evaluated: null });
  });

  it('keeps the first of the greatest accuracies', () => {
    const bests: unknown[] = [];
    const listening = new ProgressReporter('run-1', { steps: 10, evaluateEvery: 1 }, (message) => {
      if (message.type === 'progress') bests.push(message.best);
    });
    for (const [step, accuracy] of [0.5, 0.7, 0.7, 0.6].entries()) listening.offerBest(step + 1, accuracy);
    listening.flush(4, 1);
    expect(bests).toEqual([{ step: 2, 'validation/accuracy': 0.7 }]);
  });
});
