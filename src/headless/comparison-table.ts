import type { Comparison } from '../contracts/comparison.ts';
import { seriesDescription } from '../contracts/series.ts';
import { count, figure, percent, points, signedFigure } from './format.ts';
import { left, right, table } from './table.ts';

/** A comparison as `compare` prints it. */
export function comparisonTable({ metric, groups, paired }: Comparison): string[] {
  const isShare = seriesDescription(metric).unit === '%';
  const value = isShare ? (x: number) => percent(x) : figure;
  const spread = isShare ? (x: number) => (100 * x).toFixed(2) : figure;
  const change = isShare ? points : signedFigure;
  const interval = (ci95: [number, number] | null, show: (x: number) => string): string =>
    ci95 === null ? '–' : `[${show(ci95[0])}, ${show(ci95[1])}]`;
  const labelOf = (id: string): string => groups.find(({ group }) => group === id)?.label ?? id;
  const which = metric === 'validation/accuracy' ? 'best of each run' : 'last of each run';
  const meanOfShare = (share: number): number | undefined =>
    groups.find(({ gapRecovered }) => gapRecovered === share)?.mean;
  // Shares of 1 and 0 are small and large batch themselves.
  const isReversed = isShare && (meanOfShare(1) ?? 0) < (meanOfShare(0) ?? 0);
  const lines = [
    `${metric}, ${which}`,
    '',
    ...table(
      [left('group'), right('n'), right('mean'), right('std'), right('95 % interval'), right('gap recovered')],
      groups.map(({ label, n, mean, std, ci95, gapRecovered }) => [
        label,
        count(n),
        value(mean),
        std === null ? '–' : spread(std),
        interval(ci95, value),
        gapRecovered === null || isReversed ? '–' : percent(gapRecovered, 0),
      ]),
    ),
  ];
  if (isReversed) lines.push('', 'Large batch is ahead of small batch: there is no gap to recover.');
  if (paired.length === 0) return lines;
  return [
    ...lines,
    '',
    ...table(
      [left('difference'), right('seeds'), right('mean'), right('95 % interval')],
      paired.map(({ a, b, n, mean, ci95 }) => [
        `${labelOf(a)} − ${labelOf(b)}`,
        count(n),
        change(mean),
        interval(ci95, change),
      ]),
    ),
    '',
    `Differences are paired by seed${isShare ? ', in points' : ''}; intervals are Student's t over seeds, from three on.`,
  ];
}
