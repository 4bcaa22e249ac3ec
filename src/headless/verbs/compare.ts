import { Option } from 'commander';
import type { Command } from 'commander';
import type { Comparison } from '../../contracts/comparison.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { seriesDescription } from '../../contracts/series.ts';
import { compareRuns } from '../../lab/comparison.ts';
import type { Grouping } from '../../lab/comparison.ts';
import { count, counted, figure, percent, points, signedFigure } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { withProgress } from '../shown-run.ts';
import { left, right, table } from '../table.ts';
import { print, printJson, say } from '../terminal.ts';
import { jsonOption, libraryOption } from '../usage.ts';

interface CompareOptions {
  readonly by: Grouping;
  readonly metric: string;
  readonly library?: string;
  readonly json?: boolean;
}

export function addCompare(program: Command): void {
  program
    .command('compare')
    .description('Compare runs over seeds: means, deviations, and differences paired by seed.')
    .argument('<run...>', 'ids, unique beginnings of ids, or unique names')
    .addOption(
      new Option('--by <grouping>', 'runs of one group: of one setting, or of one method whatever its settings')
        .choices(['setting', 'method'])
        .default('setting'),
    )
    .option('--metric <series>', 'best value for validation/accuracy, else the last', 'validation/accuracy')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(compare);
}

async function compare(references: readonly string[], options: CompareOptions): Promise<void> {
  const { by, metric, library: named, json } = options;
  const library = await openForReading(named);
  const found = await Promise.all(references.map((reference) => library.runs.resolve(reference)));
  const records = [...new Map(found.map((record) => [record.id, withProgress(library, record)])).values()];
  const comparison = compareRuns(records, metric, by);
  requireValues(comparison, records);
  const used = comparison.groups.reduce((sum, { n }) => sum + n, 0);
  if (used < records.length) say(`${counted(records.length - used, 'run')} without a value of ${metric} left out.`);
  const open = records.filter(({ status }) => status !== 'done').length;
  if (open > 0) say(`${counted(open, 'run')} did not reach the last step: the comparison takes what was recorded.`);
  if (json) printJson(comparison);
  else for (const line of describe(comparison)) print(line);
}

function requireValues({ groups, metric }: Comparison, records: readonly RunRecord[]): void {
  if (groups.length > 0) return;
  const series = [...new Set(records.flatMap(({ final }) => Object.keys(final)))].toSorted();
  throw new MicrobatchError({
    code: 'metrics/unknown-series',
    message: `none of these runs has a value of ${metric}`,
    expected: series.length === 0 ? 'runs that have recorded something' : series.join(', '),
  });
}

function describe({ metric, groups, paired }: Comparison): string[] {
  const isShare = seriesDescription(metric).unit === '%';
  const value = isShare ? (x: number) => percent(x) : figure;
  const spread = isShare ? (x: number) => (100 * x).toFixed(2) : figure;
  const change = isShare ? points : signedFigure;
  const interval = (ci95: [number, number] | null, show: (x: number) => string): string =>
    ci95 === null ? '–' : `[${show(ci95[0])}, ${show(ci95[1])}]`;
  const labelOf = (id: string): string => groups.find(({ group }) => group === id)?.label ?? id;
  const which = metric === 'validation/accuracy' ? 'best of each run' : 'last of each run';
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
        gapRecovered === null ? '–' : percent(gapRecovered, 0),
      ]),
    ),
  ];
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
