import { Option } from 'commander';
import type { Command } from 'commander';
import type { Comparison } from '../../contracts/comparison.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { compareRuns } from '../../lab/comparison.ts';
import type { Grouping } from '../../lab/comparison.ts';
import { comparisonTable } from '../comparison-table.ts';
import { counted } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { withProgress } from '../shown-run.ts';
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
  else for (const line of comparisonTable(comparison)) print(line);
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
