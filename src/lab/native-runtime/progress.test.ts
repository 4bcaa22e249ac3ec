import { describe, expect, it } from 'vitest';
import { withPace } from './progress.ts';
import type { StageProgress } from './progress.ts';

describe('the time that a stage of an installation still takes', () => {
  it('is told by its pace since it began, whatever stands between, and only once there is one', () => {
    let now = 0;
    const left: (number | null)[] = [];
    const report = withPace(
      ({ secondsLeft }) => left.push(secondsLeft),
      () => now,
    );
    const tell = (seconds: number, stage: StageProgress['stage'], done: number): void => {
      now = seconds * 1000;
      report({ stage, what: stage, bytes: { done, total: 100 } });
    };
    tell(0, 'fetching', 20);
    tell(0.5, 'fetching', 25);
    tell(2, 'fetching', 40);
    tell(3, 'checking', 40);
    tell(4, 'fetching', 60);
    report({ stage: 'compiling', what: 'compiling', bytes: null });
    // 20 of the 100 were there before: 20 bytes in 2 s leave 60 bytes for 6 s; 40 in 4 s leave 40 for 4 s.
    expect(left).toEqual([null, null, 6, null, 4, null]);
  });
});
