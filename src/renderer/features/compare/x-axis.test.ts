import { describe, expect, it } from 'vitest';
import { onAxis, xAxes, xAxisDescription } from './x-axis.ts';

const curve = (x: number[], y: number[]) => ({ x: Float64Array.from(x), y: Float64Array.from(y) });

describe('a curve on another axis', () => {
  const samples = curve([1, 5, 10], [25, 125, 250]);

  it('has its steps where the progress series puts them', () => {
    expect([...onAxis(curve([5, 10], [0.5, 0.6]), samples).x]).toEqual([125, 250]);
  });

  it('lies between records, before the first and after the last on straight lines', () => {
    const placed = onAxis(curve([0.4, 7, 12], [1, 2, 3]), samples);
    expect([...placed.x]).toEqual([10, 175, 300]);
    expect([...placed.y]).toEqual([1, 2, 3]);
  });

  it('never runs backwards, whatever the clock did', () => {
    const clock = curve([1, 2, 3, 4], [10, 20, 15, 30]);
    expect([...onAxis(curve([1, 2, 3, 4], [0, 0, 0, 0]), clock).x]).toEqual([10, 20, 20, 30]);
  });

  it('is empty while its progress has not been read', () => {
    expect(onAxis(curve([5], [1]), undefined).x).toHaveLength(0);
  });
});

describe('labels of x', () => {
  it('carry the unit that their span asks for', () => {
    const tick = (axis: (typeof xAxes)[number], value: number, span: number): string =>
      xAxisDescription(axis).tick(value, span);
    expect(tick('step', 15000, 25000)).toBe('15,000');
    expect(tick('evaluations', 12_500_000, 2.5e7)).toBe('13\u2009M');
    expect(tick('evaluations', 2_500_000, 5e6)).toBe('2.5\u2009M');
    expect(tick('epoch', 7.5, 12)).toBe('7.5');
    expect(tick('time', 90, 300)).toBe('90\u2009s');
    expect(tick('time', 1800, 5400)).toBe('30\u2009min');
    expect(tick('time', 7200, 90_000)).toBe('2\u2009h');
  });

  it('read as a sentence at the cursor', () => {
    expect(xAxes.map((axis) => xAxisDescription(axis).at(1200))).toEqual([
      'step 1,200',
      'epoch 1200.0',
      '1,200 images seen',
      '1,200 gradient evaluations',
      '20\u2009min of training',
    ]);
  });
});
