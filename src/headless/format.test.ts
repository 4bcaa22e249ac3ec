import { describe, expect, it } from 'vitest';
import {
  count,
  counted,
  duration,
  figure,
  percent,
  points,
  roughDuration,
  scaled,
  shortName,
  signedFigure,
} from './format.ts';
import { left, right, table } from './table.ts';

describe('figures for a terminal', () => {
  it('carry their units and a real minus', () => {
    expect(percent(0.78404)).toBe('78.40 %');
    expect(percent(-6.04, 0)).toBe('−604 %');
    expect([points(0.026), points(-0.0695), points(0.00001)]).toEqual(['+2.60', '−6.95', '0.00']);
    expect(signedFigure(-0.5)).toBe('−0.5000');
    expect([count(1500), counted(1, 'run'), counted(2000, 'run')]).toEqual(['1,500', '1 run', '2,000 runs']);
  });

  it('have four significant digits, however great or small', () => {
    expect([0, 0.582, 1500, 12345.678, 0.00001234].map(figure)).toEqual([
      '0',
      '0.5820',
      '1500',
      '1.235e+4',
      '1.234e-5',
    ]);
  });

  it('say durations as people do', () => {
    expect([0.31, 9.96, 59.4, 59.6, 130, 3599, 3661, 90000].map(duration)).toEqual([
      ...['0.3 s', '10 s', '59 s', '1 min 00 s', '2 min 10 s', '59 min 59 s', '1 h 01 min', '25 h 00 min'],
    ]);
    expect([0.2, 7.4, 47, 131, 4000].map(roughDuration)).toEqual([
      ...['about 1 s', 'about 7 s', 'about 45 s', 'about 2 min 10 s', 'about 1 h 07 min'],
    ]);
  });

  it('scale what is too long to read', () => {
    expect([scaled(2.64e9, 'FLOP'), scaled(189_123_456, 'B'), scaled(12, 'FLOP'), scaled(999_999, 'B')]).toEqual([
      ...['2.64 GFLOP', '189 MB', '12 FLOP', '1 MB'],
    ]);
  });
});

describe('a table', () => {
  it('aligns words on the left and figures on the right, without trailing space', () => {
    expect(
      table(
        [left('name'), right('n'), left('note')],
        [
          ['small', '3', 'first'],
          ['a', '12', ''],
        ],
      ),
    ).toEqual(['name    n  note', 'small   3  first', 'a      12']);
  });
});

describe('names in a table', () => {
  it('stand whole up to 48 characters and end with an ellipsis beyond', () => {
    expect(shortName('n'.repeat(48))).toBe('n'.repeat(48));
    expect(shortName('n'.repeat(200))).toBe(`${'n'.repeat(47)}…`);
  });

  it('are not cut inside a character', () => {
    expect(shortName('👩‍🔬'.repeat(60))).toBe(`${'👩‍🔬'.repeat(47)}…`);
  });
});
