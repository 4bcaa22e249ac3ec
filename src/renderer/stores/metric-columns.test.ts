import { describe, expect, it } from 'vitest';
import { MetricColumns } from './metric-columns.ts';

const batch = (steps: number[], values: (number | null)[]) => ({ run: 'a', series: { loss: { steps, values } } });

describe('columns of metrics', () => {
  it('grow with every batch', () => {
    const columns = new MetricColumns();
    columns.append(batch([1, 2], [0.5, 0.4]));
    columns.append(batch([3], [null]));
    const curve = columns.curve('a', 'loss');
    expect([...(curve?.x ?? [])]).toEqual([1, 2, 3]);
    expect([...(curve?.y ?? [])]).toEqual([0.5, 0.4, Number.NaN]);
  });

  it('let a batch that overlaps replace what follows its start', () => {
    const columns = new MetricColumns();
    columns.append(batch([1, 2, 3], [1, 2, 3]));
    columns.append(batch([2, 4], [20, 40]));
    const curve = columns.curve('a', 'loss');
    expect([...(curve?.x ?? [])]).toEqual([1, 2, 4]);
    expect([...(curve?.y ?? [])]).toEqual([1, 20, 40]);
  });

  it('hold more than their first room', () => {
    const columns = new MetricColumns();
    const steps = Array.from({ length: 1000 }, (_, index) => index);
    columns.append(batch(steps, steps));
    expect(columns.curve('a', 'loss')?.y.at(-1)).toBe(999);
  });

  it('give the same curve until points arrive', () => {
    const columns = new MetricColumns();
    columns.append(batch([1], [1]));
    const before = columns.curve('a', 'loss');
    expect(columns.curve('a', 'loss')).toBe(before);
    columns.append(batch([2], [2]));
    expect(columns.curve('a', 'loss')).not.toBe(before);
  });

  it('forget a run', () => {
    const columns = new MetricColumns();
    columns.append(batch([1], [1]));
    columns.forget('a');
    expect(columns.curve('a', 'loss')).toBeUndefined();
  });
});
