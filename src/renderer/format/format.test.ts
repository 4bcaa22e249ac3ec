import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatNumber, formatPercent, formatSetting, formatSignificant } from './numbers.ts';
import { formatAbout, formatClock, formatDateTime, formatDuration, formatExpected, formatSpeed } from './times.ts';
import { errorSentences, plural } from './words.ts';

describe('numbers', () => {
  it('gives the time of a step where there is less than one in two seconds', () => {
    expect([12.54, 3.214, 0.5, 0.25, 1 / 252, 0].map(formatSpeed)).toEqual([
      '12.5 steps/s',
      '3.21 steps/s',
      '0.50 steps/s',
      '4\u2009s a step',
      '4\u2009min 12\u2009s a step',
      'measuring',
    ]);
  });

  it('have thousands with a comma and a true minus', () => {
    expect(formatCount(25_000)).toBe('25,000');
    expect(formatCount(-1200)).toBe('−1,200');
  });

  it('keep their decimals, and no sign where they round to zero', () => {
    expect(formatNumber(-0.4, 2)).toBe('−0.40');
    expect(formatNumber(-0.001, 2)).toBe('0.00');
    expect(formatNumber(Number.NaN, 2)).toBe('none');
  });

  it('turn fractions into percent', () => {
    expect(formatPercent(0.91374, 2)).toBe('91.37');
  });

  it('show settings as they were written', () => {
    expect([0.01, 5e-7, 25].map(formatSetting)).toEqual(['0.01', '5e−7', '25']);
  });

  it('show quantities of any size by significant digits', () => {
    expect([0.00132, 28.14, 1240, 3.14e-7, 0].map((value) => formatSignificant(value, 3))).toEqual([
      '0.00132',
      '28.1',
      '1,240',
      '3.14e−7',
      '0',
    ]);
  });

  it('count bytes in decimal units after a thin space', () => {
    expect([140, 412_300, 1_800_000_000, 120e9].map(formatBytes)).toEqual([
      '140\u2009B',
      '412\u2009kB',
      '1.8\u2009GB',
      '120\u2009GB',
    ]);
  });
});

describe('times', () => {
  it('are as fine as they are short', () => {
    expect([4.4, 42, 372, 2100, 4320, 100 * 3600].map(formatDuration)).toEqual([
      '4.4\u2009s',
      '42\u2009s',
      '6\u2009min 12\u2009s',
      '35\u2009min',
      '1\u2009h 12\u2009min',
      '4\u2009d 4\u2009h',
    ]);
  });

  it('carry what rounds up to the next unit', () => {
    expect([59.7, 599.7, 3599, 86_390].map(formatDuration)).toEqual([
      '1\u2009min',
      '10\u2009min',
      '1\u2009h',
      '1\u2009d',
    ]);
  });

  it('that are estimated say so, no finer than they are known', () => {
    expect([2, 12, 130].map(formatAbout)).toEqual(['a few seconds', 'about 15\u2009s', 'about 2\u2009min']);
  });

  it('name the day as the reader would', () => {
    const now = new Date(2026, 10, 25, 14, 0);
    const at = (...parts: [number, number, number, number, number]): string =>
      formatDateTime(new Date(...parts).toISOString(), now);
    expect(at(2026, 10, 25, 13, 48)).toBe('today 13:48');
    expect(at(2026, 10, 24, 23, 54)).toBe('yesterday 23:54');
    expect(at(2026, 10, 3, 9, 12)).toBe('3 Nov 09:12');
    expect(at(2024, 10, 3, 9, 12)).toBe('3 Nov 2024');
    expect(formatDateTime('nonsense', now)).toBe('unknown');
  });

  it('that are expected today go without the day', () => {
    const now = new Date(2026, 10, 25, 14, 0);
    expect(formatExpected(32 * 60, now)).toBe('14:32');
    expect(formatExpected(12 * 3600, now)).toBe('tomorrow 02:00');
    expect(formatClock(new Date(2026, 10, 25, 14, 2, 11), true)).toBe('14:02:11');
  });
});

describe('words', () => {
  it('count in the singular and the plural', () => {
    expect([plural(1, 'run'), plural(3, 'run'), plural(2000, 'batch', 'batches')]).toEqual([
      '1 run',
      '3 runs',
      '2,000 batches',
    ]);
  });

  it('tell an error, what was expected and what to do', () => {
    expect(
      errorSentences({ code: 'a/b', message: 'port 80 is in use', expected: 'a free port', remedy: 'name another' }),
    ).toEqual({ text: 'Port 80 is in use', detail: 'Expected a free port. Name another.' });
  });
});
