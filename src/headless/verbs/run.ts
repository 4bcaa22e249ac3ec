import type { Command } from 'commander';
import { answerCall } from '../../contracts/calls.ts';
import type { RunDocument, RunOutcome } from '../../contracts/command-documents.ts';
import { endingRemedy } from '../../contracts/ending-texts.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { differencesOf } from '../../contracts/provenance-texts.ts';
import type { SpecifiedRun } from '../../contracts/run-record.ts';
import { program } from '../application.ts';
import { count, counted, figure, percent, spent } from '../format.ts';
import { wantedRuns, withSpecOptions } from '../spec-options.ts';
import type { SpecOptions } from '../spec-options.ts';
import { left, right, table } from '../table.ts';
import { print, printJson, say } from '../terminal.ts';
import { trainInForeground } from '../train.ts';
import type { Training } from '../train.ts';
import { jsonOption, libraryOption, tensorboardOption } from '../usage.ts';
import { showPlan } from './plan.ts';

interface RunOptions extends SpecOptions {
  readonly dryRun?: boolean;
  readonly everyExecutor?: boolean;
  readonly library?: string;
  readonly tensorboard?: string;
  readonly json?: boolean;
}

export function addRun(command: Command): void {
  withSpecOptions(command.command('run'))
    .description('Train runs in the foreground, one for each seed, side by side where there are cores.')
    .option('--dry-run', 'print what it would take, and train nothing')
    .option('--every-executor', 'with --dry-run: try every executor for a moment')
    .addOption(libraryOption())
    .addOption(tensorboardOption())
    .addOption(jsonOption())
    .action(run);
}

async function run(options: RunOptions, command: Command): Promise<void> {
  if (options.everyExecutor && !options.dryRun) {
    return command.error('--every-executor tries executors without training; it needs --dry-run', {
      code: 'missing-option',
    });
  }
  const wanted = await wantedRuns(options, command);
  if (options.dryRun) {
    const { spec, seeds } = wanted;
    const { library, json, everyExecutor } = options;
    return showPlan({ spec, runs: seeds.length, library, json, everyExecutor });
  }
  const training = await trainInForeground({
    library: options.library,
    tensorboard: options.tensorboard,
    owner: 'the command line (microbatch run)',
    start: (lab) => answerCall(lab.handlers, 'runs.create', wanted),
  });
  sayDifferences(training.records);
  showTraining(training, options.json);
  requireDone(training);
}

/** What keeps runs from being those of the run.json that they were started from. */
function sayDifferences(records: readonly SpecifiedRun[]): void {
  for (const record of records) {
    if (record.repeats === undefined) continue;
    const differences = differencesOf(record, record.repeats);
    if (differences.length === 0) continue;
    say(`run ${record.id} is not byte for byte run ${record.repeats.run}, which was ${differences.join(' and ')}`);
  }
}

/** What came of runs that trained in the foreground, as the verbs that train them print it. */
export function showTraining({ records }: Pick<Training, 'records'>, json: boolean | undefined): void {
  if (json) printJson(documentOf(records));
  else for (const line of resultTable(records)) print(line);
}

function documentOf(records: readonly SpecifiedRun[]): RunDocument {
  return {
    runs: records.map(({ id, spec, status, step, final, best }): RunOutcome => ({
      run: id,
      seed: spec.seed,
      status,
      steps: step,
      final,
      best,
    })),
  };
}

function resultTable(records: readonly SpecifiedRun[]): string[] {
  const columns = [
    left('run'),
    left('name'),
    left('status'),
    right('steps'),
    right('best accuracy'),
    right('at step'),
    right('train loss'),
    right('time'),
  ];
  return table(
    columns,
    records.map(({ id, name, status, step, best, final, seconds }) => [
      id,
      name,
      status,
      count(step),
      best === null ? '–' : percent(best['validation/accuracy']),
      best === null ? '–' : count(best.step),
      final['train/loss'] === undefined ? '–' : figure(final['train/loss']),
      spent(seconds),
    ]),
  );
}

/** Throws `run/stopped` after Ctrl-C and `run/not-done` where a run ended in another way than at its last step. */
export function requireDone({ records, interrupted }: Pick<Training, 'records' | 'interrupted'>): void {
  const others = records.filter(({ status }) => status !== 'done');
  const [only] = others;
  if (only === undefined) return;
  const which = whichOf(records, others, only);
  if (interrupted) {
    throw new MicrobatchError({
      code: 'run/stopped',
      message: `${which} ended before the last step, as asked; what was trained and recorded until then is kept`,
      remedy: resumeWords(others),
    });
  }
  const reasons = others.map((record) => `${records.length === 1 ? '' : `${record.id} `}${endOf(record)}`);
  const remedies = [...new Set(others.map(endingRemedy).filter((remedy) => remedy !== undefined))];
  throw new MicrobatchError({
    code: 'run/not-done',
    message: `${which} did not end well: ${reasons.join('; ')}`,
    ...(others.length === 1 ? { expected: only.error?.expected } : {}),
    ...(remedies.length === 0 ? {} : { remedy: remedies.join('; ') }),
  });
}

/** How to go on. Runs that had not started yet go on as well, from their first step. */
function resumeWords(records: readonly SpecifiedRun[]): string {
  const commands = records.slice(0, shownCommands).map(({ id }) => `\`${program} resume ${id}\``);
  const more = records.length > shownCommands ? ', and so on' : '';
  return `${commands.join(', ')}${more} goes on from there`;
}

const shownCommands = 3;

function whichOf(records: readonly SpecifiedRun[], others: readonly SpecifiedRun[], only: SpecifiedRun): string {
  if (records.length === 1) return `run ${only.id}`;
  const all = counted(records.length, 'run');
  return others.length === records.length ? `all ${all}` : `${String(others.length)} of ${all}`;
}

function endOf({ status, step, error, history }: SpecifiedRun): string {
  if (status === 'queued') return `it waits in the queue; \`${program} queue list\` says for what`;
  const reason = error === null ? history.at(-1)?.reason : `${error.code}: ${error.message}`;
  return `${status} at step ${count(step)}${reason === undefined ? '' : ` (${reason})`}`;
}
