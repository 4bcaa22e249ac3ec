import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import type { Curve } from '../../../statistics/curves.ts';
import { instrumentFacets } from './instrument-charts.ts';
import { baselineRuns, facetLines, facetsOf, machineFacets } from './run-curves.ts';
import type { Facet } from './run-curves.ts';

const curve = (y: number[]): Curve => ({ x: Float64Array.from(y, (_, index) => index + 1), y: Float64Array.from(y) });

/** Curves by run and series. */
function source(curves: Readonly<Record<string, Readonly<Record<string, Curve>>>>) {
  return { curve: (run: string, series: string): Curve | undefined => curves[run]?.[series] };
}

describe('the charts of a run', () => {
  it('show the quantity that the method is about', () => {
    const last = (run: ReturnType<typeof runOf>): string | undefined => facetsOf(run).at(-1)?.title;
    expect(last(runOf('gradient-norm', 1, 90))).toBe('Penalty λ·R');
    expect(last(runOf('large-batch', 1, 90))).toBe('Gradient norm and step length');
    const grafted = runOf('large-batch', 1, 90, { method: 'iterative-grafting', graft: { norm: 'mean' } });
    expect(last(grafted)).toBe('Gradient norm, own and grafted');
    const aware = runOf('large-batch', 1, 90, { method: 'sharpness-aware', radius: 0.05 });
    expect(last(aware)).toBe('Loss, here and ascended');
  });
});

describe('the climb at the start of a chart', () => {
  it('is cut from what is learned, and from nothing that was measured', () => {
    const measured = runOf('gradient-norm', 1, 90, { instruments: ['penalty-gradient-norm', 'hessian-top'] });
    const climbing = (facets: readonly Facet[]): string[] =>
      facets.filter(({ climbs }) => climbs).map(({ title }) => title);
    expect(climbing(facetsOf(measured))).toEqual(['Accuracy']);
    expect(climbing([...instrumentFacets(measured), ...machineFacets])).toEqual([]);
  });
});

describe('the baseline of a run', () => {
  const run = runOf('gradient-norm', 1, 80);

  it('is the small-batch replicates of the same task', () => {
    const replicates = [runOf('small-batch', 1, 82), runOf('small-batch', 2, 83)];
    const otherTask = runOf('small-batch', 1, 90, { model: { kind: 'mlp', widths: [8] } });
    expect(baselineRuns(run, [run, ...replicates, otherTask])).toEqual(replicates);
  });

  it('has the learning rate of the run before any other', () => {
    const same = runOf('small-batch', 1, 82);
    const others = [1, 2, 3].map((seed) => runOf('small-batch', seed, 82, { learningRate: 0.3 }));
    expect(baselineRuns(run, [...others, same])).toEqual([same]);
    expect(baselineRuns(run, others)).toEqual(others);
  });

  it('is none for small batch itself', () => {
    const small = runOf('small-batch', 1, 82);
    expect(baselineRuns(small, [small, runOf('small-batch', 2, 82)])).toEqual([]);
  });
});

describe('the lines of a chart', () => {
  const run = runOf('gradient-norm', 1, 80, {}, { status: 'running' });
  const [accuracy] = facetsOf(run);
  const baseline = [runOf('small-batch', 1, 82), runOf('small-batch', 2, 83)];
  const lines =
    accuracy === undefined
      ? []
      : facetLines(
          accuracy,
          run,
          baseline,
          source({
            [run.id]: { 'validation/accuracy': curve([0.5, Number.NaN]), 'train/accuracy': curve([0.6, 0.7]) },
            [baseline[0]?.id ?? '']: { 'validation/accuracy': curve([0.7, 0.8]) },
            [baseline[1]?.id ?? '']: { 'validation/accuracy': curve([0.8, 0.9]) },
          }),
        );

  it('lie with the run on top of what stands beside and behind it', () => {
    expect(lines.map(({ name }) => name)).toEqual(['Small batch, n = 2', 'Train accuracy', 'Validation accuracy']);
  });

  it('have a dash each, whatever that of the method is', () => {
    const grafting = { method: 'iterative-grafting', graft: { norm: 'mean' } } as const;
    for (const record of [run, runOf('large-batch', 1, 90), runOf('large-batch', 1, 90, grafting)]) {
      const curves = { 'validation/accuracy': curve([0.5]), 'train/accuracy': curve([0.6]) };
      const own = { [record.id]: curves, [baseline[0]?.id ?? '']: curves };
      const drawn = accuracy === undefined ? [] : facetLines(accuracy, record, baseline, source(own));
      expect(new Set(drawn.map(({ dash }) => dash)).size).toBe(3);
    }
  });

  it('are in percent, the baseline as the mean of its seeds', () => {
    expect([...(lines[0]?.y ?? [])].map((value) => Math.round(value))).toEqual([75, 85]);
    expect(lines[1]?.y[0]).toBeCloseTo(60);
  });

  it('keep the places of points that were not finite', () => {
    expect(lines.at(-1)?.lost).toEqual([2]);
  });

  it('grow only where the run trains', () => {
    expect(lines.map(({ live }) => live)).toEqual([false, false, true]);
  });
});
