import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paced } from './pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what is paced', () => {
  it('follows at once after a rest', () => {
    const act = vi.fn();
    const ask = paced(100, act);
    ask();
    expect(act).not.toHaveBeenCalled();
    vi.advanceTimersByTime(0);
    expect(act).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1000);
    ask();
    vi.advanceTimersByTime(0);
    expect(act).toHaveBeenCalledTimes(2);
  });

  it('happens once a pause, however often it is asked for', () => {
    const at: number[] = [];
    const begun = performance.now();
    const ask = paced(100, () => at.push(performance.now() - begun));
    for (let round = 0; round < 35; round += 1) {
      ask();
      ask();
      vi.advanceTimersByTime(10);
    }
    expect(at).toEqual([0, 100, 200, 300]);
  });

  it('happens for the last that asked', () => {
    const act = vi.fn();
    const ask = paced(100, act);
    ask();
    vi.advanceTimersByTime(50);
    ask();
    expect(act).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(50);
    expect(act).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1000);
    expect(act).toHaveBeenCalledTimes(2);
  });
});
