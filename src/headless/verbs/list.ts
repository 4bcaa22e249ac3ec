import type { Command } from 'commander';
import type { ListDocument } from '../../contracts/command-documents.ts';
import { describeError } from '../../contracts/errors.ts';
import { filterRuns } from '../../contracts/run-filter.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { count, moment, percent, shortName, spent } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { requirePossible } from '../possible-filter.ts';
import { shownRun, withProgress } from '../shown-run.ts';
import { left, right, table } from '../table.ts';
import { print, printAll, printJson, say } from '../terminal.ts';
import { jsonOption, libraryOption } from '../usage.ts';

interface ListOptions {
  readonly filter?: string;
  readonly library?: string;
  readonly json?: boolean;
}

export function addList(program: Command): void {
  program
    .command('list')
    .description('List the runs of a library, newest first.')
    .option('--filter <expression>', 'runs that match, such as "gradient seed:1..3 lambda<=0.01 not failed"')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(list);
}

async function list({ filter = '', library: named, json }: ListOptions): Promise<void> {
  requirePossible(filter);
  const library = await openForReading(named);
  const { records, damaged } = await library.runs.list();
  for (const { error } of damaged) say(describeError(error));
  const runs = filterRuns(
    records.map((record) => withProgress(library, record)),
    filter,
  );
  const document: ListDocument = { runs: runs.map(shownRun) };
  if (json) printJson(document);
  else if (runs.length > 0) await printAll(runTable(runs));
  else print(records.length === 0 ? `${library.folder} holds no runs yet.` : `No run matches ${filter}.`);
}

function runTable(runs: readonly RunRecord[]): string[] {
  const columns = [
    left('run'),
    left('name'),
    left('status'),
    right('step'),
    right('of'),
    right('best accuracy'),
    right('time'),
    left('created'),
  ];
  return table(
    columns,
    runs.map(({ id, name, parent, status, step, spec, best, seconds, createdAt }) => [
      id,
      parent === undefined ? shortName(name) : `${shortName(name)} (from ${parent.run} at ${count(parent.step)})`,
      status,
      count(step),
      spec === null ? '–' : count(spec.steps),
      best === null ? '–' : percent(best['validation/accuracy']),
      spent(seconds),
      moment(createdAt),
    ]),
  );
}
