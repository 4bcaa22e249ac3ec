import { describe, expect, it } from 'vitest';
import { quickstartDocument as documentForm } from '../contracts/command-documents.ts';
import type { MethodId } from '../contracts/methods.ts';
import { runSpec } from '../contracts/run-spec.ts';
import type { SpecifiedRun } from '../contracts/run-record.ts';
import { recordFixture } from '../library/run-fixture.ts';
import { groupHash } from '../library/spec-hash.ts';
import { quickstartDocument, quickstartTable } from './quickstart-result.ts';

function ended(method: MethodId, seed: number, accuracy: number, seconds = 10): SpecifiedRun {
  const lambda = method === 'gradient-norm' ? { lambda: 0.03 } : {};
  const spec = runSpec.parse({ ...recordFixture().spec, method, seed, ...lambda });
  const best = { step: 10, 'validation/accuracy': accuracy };
  return recordFixture({
    id: `${method}-${String(seed)}`,
    status: 'done',
    spec,
    groupHash: groupHash(spec),
    best,
    seconds,
    final: { 'train/loss': 0.012 },
  });
}

const records = [
  ...[0.78, 0.79, 0.8].map((accuracy, index) => ended('small-batch', index + 1, accuracy)),
  ...[0.75, 0.77, 0.76].map((accuracy, index) => ended('large-batch', index + 1, accuracy, 20)),
  ...[0.77, 0.77, 0.77].map((accuracy, index) => ended('gradient-norm', index + 1, accuracy, 40)),
];
const total = { library: '/somewhere', seconds: 130 };

describe('the result of a quickstart', () => {
  it('pairs by seed and measures the gap recovered', () => {
    const document = documentForm.parse(quickstartDocument(records, total));
    const { smallMinusLarge, gradientNormMinusLarge } = document.paired;
    expect(document.methods.map(({ method, n }) => [method, n])).toEqual([
      ['small-batch', 3],
      ['large-batch', 3],
      ['gradient-norm', 3],
    ]);
    // Differences 0.03, 0.02, 0.04: mean 0.03, deviation 0.01, t(0.975, 2) = 4.3027.
    expect(smallMinusLarge?.mean).toBeCloseTo(0.03, 12);
    expect(smallMinusLarge?.ci95?.[0]).toBeCloseTo(0.03 - (4.302652729911275 * 0.01) / Math.sqrt(3), 9);
    expect(gradientNormMinusLarge?.mean).toBeCloseTo(0.01, 12);
    const [low, high] = gradientNormMinusLarge?.ci95 ?? [];
    expect(((low ?? 0) + (high ?? 0)) / 2).toBeCloseTo(0.01, 12);
    expect(low).toBeLessThan(high ?? 0);
    expect(document.methods.map(({ gapRecovered }) => Number(gapRecovered?.toFixed(6)))).toEqual([1, 0, 0.333333]);
    expect(document.methods[1]).toMatchObject({
      secondsPerRun: 20,
      values: [
        { seed: 1, run: 'large-batch-1', value: 0.75 },
        { seed: 2, run: 'large-batch-2', value: 0.77 },
        { seed: 3, run: 'large-batch-3', value: 0.76 },
      ],
    });
  });

  it('prints what it found in one table, with its units', () => {
    const lines = quickstartTable(quickstartDocument(records, total), 'Validation is the test file.');
    expect(lines[0]).toBe('Best validation accuracy of each run. Validation is the test file.');
    expect(lines.slice(2, 6)).toEqual([
      'method         n     mean   std  minus large batch   95 % interval  gap recovered  train loss  time a run',
      'Small batch    3  79.00 %  1.00              +3.00  [+0.52, +5.48]          100 %     0.01200        10 s',
      'Large batch    3  76.00 %  1.00                  –               –            0 %     0.01200        20 s',
      'Gradient norm  3  77.00 %  0.00              +1.00  [−1.48, +3.48]           33 %     0.01200        40 s',
    ]);
    expect(lines.at(-1)).toBe('2 min 10 s in all.');
  });

  it('claims no recovery where there is no gap, and no interval from fewer than three seeds', () => {
    const few = [ended('small-batch', 1, 0.7), ended('large-batch', 1, 0.75), ended('gradient-norm', 1, 0.76)];
    const lines = quickstartTable(quickstartDocument(few, total), '');
    expect(lines).toContain('Small batch did not beat large batch here, so there is no gap to recover.');
    expect(lines.join('\n')).not.toMatch(/\d %$|\[/m);
  });
});
