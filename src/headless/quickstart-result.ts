import type { Comparison } from '../contracts/comparison.ts';
import type { QuickstartDocument } from '../contracts/command-documents.ts';
import { methodDescription, methodIds } from '../contracts/methods.ts';
import type { MethodId } from '../contracts/methods.ts';
import type { SpecifiedRun } from '../contracts/run-record.ts';
import { compareRuns, metricValue } from '../lab/comparison.ts';
import { count, duration, figure, percent, points } from './format.ts';
import { left, right, table } from './table.ts';

const metric = 'validation/accuracy';

/** The result of one quickstart; runs without an accuracy are left out. */
export function quickstartDocument(
  records: readonly SpecifiedRun[],
  { library, seconds }: { readonly library: string; readonly seconds: number },
): QuickstartDocument {
  const comparison = compareRuns(records, metric);
  const methods = comparison.groups.map(({ group, n, mean, std, gapRecovered, runs }) => {
    const members = records.filter(({ id }) => runs.includes(id));
    return {
      method: group,
      n,
      mean,
      std,
      gapRecovered,
      trainLoss: meanOf(members.flatMap(({ final }) => final['train/loss'] ?? [])),
      secondsPerRun: meanOf(members.map((record) => record.seconds)) ?? 0,
      values: members.flatMap((record) => {
        const value = metricValue(record, metric);
        return value === null ? [] : [{ seed: record.spec.seed, run: record.id, value }];
      }),
    };
  });
  return {
    library,
    seconds,
    methods,
    paired: {
      smallMinusLarge: difference(comparison, 'small-batch', 'large-batch'),
      gradientNormMinusLarge: difference(comparison, 'gradient-norm', 'large-batch'),
    },
  };
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

type Difference = QuickstartDocument['paired']['smallMinusLarge'];

/** a - b over the seeds that both have, whichever of the two comes first in the comparison. */
function difference({ paired }: Comparison, a: MethodId, b: MethodId): Difference {
  for (const row of paired) {
    const { mean, ci95, n } = row;
    if (row.a === a && row.b === b) return { mean, ci95, n };
    if (row.a === b && row.b === a) return { mean: -mean, ci95: ci95 === null ? null : [-ci95[1], -ci95[0]], n };
  }
  return null;
}

/** The table of a quickstart and what it says. `images` describes the images behind the accuracies. */
export function quickstartTable(document: QuickstartDocument, images: string): string[] {
  const { smallMinusLarge, gradientNormMinusLarge } = document.paired;
  const differences: Readonly<Record<string, Difference>> = {
    'small-batch': smallMinusLarge,
    'gradient-norm': gradientNormMinusLarge,
  };
  const hasGap = smallMinusLarge !== null && smallMinusLarge.mean > 0;
  const columns = [
    left('method'),
    right('n'),
    right('mean'),
    right('std'),
    right('minus large batch'),
    right('95 % interval'),
    right('gap recovered'),
    right('train loss'),
    right('time a run'),
  ];
  const rows = document.methods.map(({ method, n, mean, std, gapRecovered, trainLoss, secondsPerRun }) => {
    const paired = differences[method] ?? null;
    const ci95 = paired?.ci95 ?? null;
    return [
      label(method),
      count(n),
      percent(mean),
      std === null ? '–' : (100 * std).toFixed(2),
      paired === null ? '–' : points(paired.mean),
      ci95 === null ? '–' : `[${points(ci95[0])}, ${points(ci95[1])}]`,
      gapRecovered === null || !hasGap ? '–' : percent(gapRecovered, 0),
      trainLoss === null ? '–' : figure(trainLoss),
      duration(secondsPerRun),
    ];
  });
  return [
    `Best validation accuracy of each run. ${images}`,
    '',
    ...table(columns, rows),
    '',
    'Deviations and differences are in points of accuracy. Differences are paired by seed (same initialisation);',
    "intervals are Student's t over seeds. Gap recovered: 0 % is large batch, 100 % is small batch. Train loss is the",
    'mean of the last steps, in nats.',
    ...(hasGap ? [] : ['Small batch did not beat large batch here, so there is no gap to recover.']),
    `${duration(document.seconds)} in all.`,
  ];
}

function label(method: string): string {
  const id = methodIds.find((known) => known === method);
  return id === undefined ? method : methodDescription(id).label;
}
