import { describe, expect, it } from 'vitest';
import type { CheckpointEntry, CheckpointLabel } from '../../contracts/checkpoints.ts';
import { stepsToRemove } from './retention.ts';

const entry = (step: number, ...labels: CheckpointLabel[]): CheckpointEntry => ({
  step,
  labels,
  bytes: 10,
  savedAt: '2026-11-25T12:00:00.000Z',
  validation: null,
});
const entries = [entry(1), entry(2), entry(5, 'best'), entry(10), entry(20), entry(30), entry(31), entry(32, 'last')];
const tenEach = (steps: readonly number[]): number => 10 * steps.length;

describe('a retention rule', () => {
  it('keeps the best and the last alone where it names nothing else', () => {
    expect(stepsToRemove(entries, {}, tenEach)).toEqual([1, 2, 10, 20, 30, 31]);
  });

  it('keeps every k-th step, and log-spaced ones', () => {
    expect(stepsToRemove(entries, { every: 10 }, tenEach)).toEqual([1, 2, 31]);
    expect(stepsToRemove(entries, { perDecade: 3 }, tenEach)).toEqual([20, 30, 31]);
    expect(stepsToRemove(entries, { every: 10, perDecade: 3 }, tenEach)).toEqual([31]);
  });

  it('removes the oldest above the budget, but never the best and the last', () => {
    expect(stepsToRemove(entries, { every: 10, budgetBytes: 40 }, tenEach)).toEqual([1, 2, 10, 31]);
    expect(stepsToRemove(entries, { every: 10, budgetBytes: 0 }, tenEach)).toEqual([1, 2, 10, 20, 30, 31]);
  });
});
