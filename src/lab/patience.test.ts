import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitAwake } from './patience.ts';

describe('a wait of the time that the machine is awake', () => {
  let over: boolean;
  beforeEach(() => {
    vi.useFakeTimers();
    over = false;
  });
  afterEach(() => vi.useRealTimers());
  const wait = () => waitAwake(1000, () => (over = true));

  it('is over after its time, once', () => {
    wait();
    vi.advanceTimersByTime(999);
    expect(over).toBe(false);
    vi.advanceTimersByTime(1);
    expect(over).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('loses one tick at most to hours of sleep', () => {
    wait();
    // As a system clock does: it jumps, and the timer that is due fires once.
    vi.setSystemTime(Date.now() + 8 * 3600 * 1000);
    vi.advanceTimersByTime(100);
    expect(over).toBe(false);
    vi.advanceTimersByTime(900);
    expect(over).toBe(true);
  });

  it('never ends once it was ended', () => {
    wait().end();
    vi.advanceTimersByTime(5000);
    expect(over).toBe(false);
  });
});
