import type { Command } from 'commander';
import type { CheckpointsDocument, LibraryPruneDocument, PruneDocument } from '../../contracts/command-documents.ts';
import type { CheckpointEntry, LibraryPruneReport, RetentionRule } from '../../contracts/checkpoints.ts';
import { describeError } from '../../contracts/errors.ts';
import { filterRuns } from '../../contracts/run-filter.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import { changeLibrary } from '../change-library.ts';
import { count, counted, moment, percent } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { requirePossible } from '../possible-filter.ts';
import { left, right, table } from '../table.ts';
import { print, printJson, say } from '../terminal.ts';
import { jsonOption, libraryOption, wholeNumber } from '../usage.ts';

interface CommonOptions {
  readonly library?: string;
  readonly json?: boolean;
}

interface PruneOptions extends CommonOptions {
  readonly every?: number;
  readonly perDecade?: number;
  readonly budget?: number;
  readonly total?: number;
  readonly all?: boolean;
  readonly filter?: string;
  readonly dryRun?: boolean;
}

const runArgument = 'id, unique beginning of an id, or unique name';

export function addCheckpoints(program: Command): void {
  const checkpoints = program.command('checkpoints').description('List the checkpoints of a run, or remove some.');
  checkpoints
    .command('list')
    .description('List the checkpoints of a run: step, why it is kept, validation accuracy, size.')
    .argument('<run>', runArgument)
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(list);
  checkpoints
    .command('prune')
    .description('Remove checkpoints that a rule does not keep. The best and the last always stay.')
    .argument('[run]', runArgument)
    .option('--all', 'of every run that does not train or wait')
    .option('--filter <expression>', 'with --all: only of runs that match')
    .option(
      '--total <megabytes>',
      'with --all: remove the oldest of whichever run above this size',
      wholeNumber(0, 1e9),
    )
    .option('--every <steps>', 'keep also those of every so many steps', wholeNumber(1, 100_000_000))
    .option('--per-decade <count>', 'keep also so many per decade of steps', wholeNumber(1, 10))
    .option('--budget <megabytes>', 'remove the oldest above this size', wholeNumber(0, 1_000_000_000))
    .option('--dry-run', 'only tell what would be removed')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(prune);
}

async function list(reference: string, { library: named, json }: CommonOptions): Promise<void> {
  const { runs } = await openForReading(named);
  const { id } = await runs.resolve(reference);
  const { checkpoints, damaged } = await new CheckpointStore(runs.folder(id)).survey();
  const document: CheckpointsDocument = { run: id, checkpoints, damaged };
  if (json) printJson(document);
  else if (checkpoints.length === 0) print('The run has no checkpoint yet.');
  else for (const line of tableOf(checkpoints)) print(line);
  for (const error of damaged) say(describeError(error));
}

async function prune(reference: string | undefined, options: PruneOptions, command: Command): Promise<void> {
  const { every, perDecade, budget, dryRun = false, library, json, all = false } = options;
  if (all === (reference !== undefined)) {
    return command.error('one of RUN and --all is needed, and only one', { code: 'conflicting-option' });
  }
  const rule: RetentionRule = { every, perDecade, ...(budget === undefined ? {} : { budgetBytes: 1e6 * budget }) };
  if (reference === undefined) return pruneAll(rule, options);
  if (options.total !== undefined || options.filter !== undefined) {
    return command.error('--total and --filter go with --all', { code: 'conflicting-option' });
  }
  const { id } = await (await openForReading(library)).runs.resolve(reference);
  const owner = 'the command line (microbatch checkpoints)';
  const report = await changeLibrary({ library, owner }, (call) =>
    call('checkpoints.prune', { run: id, rule, dryRun }),
  );
  if (json) {
    const document: PruneDocument = { run: id, dryRun, ...report };
    printJson(document);
    return;
  }
  if (report.remove.length > 0) for (const line of tableOf(report.remove)) print(line);
  const freed = count(report.bytesBefore - report.bytesAfter);
  print(
    `${dryRun ? 'Would remove' : 'Removed'} ${counted(report.remove.length, 'checkpoint')} and free ${freed} bytes; ${counted(report.keep.length, 'checkpoint')} of ${count(report.bytesAfter)} bytes stay.`,
  );
}

async function pruneAll(own: RetentionRule, options: PruneOptions): Promise<void> {
  const { total, filter = '', dryRun = false, library, json } = options;
  requirePossible(filter);
  const { records } = await (await openForReading(library)).runs.list();
  const runs = filterRuns(records, filter).map(({ id }) => id);
  const rule = { ...own, ...(total === undefined ? {} : { totalBytes: 1e6 * total }) };
  const owner = 'the command line (microbatch checkpoints)';
  const nothing: LibraryPruneReport = { runs: [], refused: [], bytesBefore: 0, bytesAfter: 0 };
  const report =
    runs.length === 0
      ? nothing
      : await changeLibrary({ library, owner }, (call) => call('checkpoints.prune-runs', { runs, rule, dryRun }));
  for (const { error } of report.refused) say(`left alone: ${describeError(error)}`);
  if (json) {
    const document: LibraryPruneDocument = { dryRun, ...report };
    printJson(document);
    return;
  }
  for (const line of runTable(report)) print(line);
  const removed = report.runs.reduce((sum, { remove }) => sum + remove.length, 0);
  const freed = count(report.bytesBefore - report.bytesAfter);
  print(
    `${dryRun ? 'Would remove' : 'Removed'} ${counted(removed, 'checkpoint')} and free ${freed} bytes; ${count(report.bytesAfter)} bytes stay.`,
  );
}

function runTable({ runs }: LibraryPruneReport): string[] {
  const pruned = runs.filter(({ remove }) => remove.length > 0);
  if (pruned.length === 0) return [];
  return table(
    [left('run'), right('keeps'), right('removes'), right('bytes'), right('frees')],
    pruned.map(({ run, keep, remove, bytesBefore, bytesAfter }) => [
      ...[run, count(keep.length), count(remove.length), count(bytesBefore), count(bytesBefore - bytesAfter)],
    ]),
  );
}

function tableOf(checkpoints: readonly CheckpointEntry[]): string[] {
  return table(
    [right('step'), left('kept as'), right('validation accuracy'), right('bytes'), left('saved')],
    checkpoints.map(({ step, labels, validation, bytes, savedAt }) => [
      count(step),
      labels.length === 0 ? 'way back' : labels.join(', '),
      validation === null ? '–' : percent(validation.accuracy),
      count(bytes),
      moment(savedAt),
    ]),
  );
}
