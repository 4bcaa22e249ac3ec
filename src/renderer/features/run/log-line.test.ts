import { describe, expect, it } from 'vitest';
import { readLogLine } from './log-line.ts';

describe('a line of a log', () => {
  it('begins with its time, shown in the time of the reader', () => {
    const moment = new Date(2026, 10, 25, 14, 2, 11, 7);
    expect(readLogLine(`${moment.toISOString()} training small-batch`)).toEqual({
      time: '14:02:11.007',
      text: 'training small-batch',
      isWarning: false,
    });
  });

  it('without a time is shown whole', () => {
    expect(readLogLine('at Object.<anonymous>')).toEqual({ time: '', text: 'at Object.<anonymous>', isWarning: false });
  });

  it('that tells of trouble stands out', () => {
    expect(readLogLine('2026-11-25T14:02:11.007Z diverged at step 5: train/loss is not finite').isWarning).toBe(true);
  });
});
