import type { Command } from 'commander';
import { answerCall } from '../../contracts/calls.ts';
import type { SweepDocument, SweepPlanDocument } from '../../contracts/command-documents.ts';
import { describeError, MicrobatchError } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';
import type { RunRecord, SpecifiedRun } from '../../contracts/run-record.ts';
import { sweepDefinition } from '../../contracts/sweeps.ts';
import type { SweepDefinition, SweepPlan, SweepRecord } from '../../contracts/sweeps.ts';
import type { Lab } from '../../lab/lab.ts';
import { summariseSweep } from '../../lab/sweeps/sweep-summary.ts';
import { valuesText } from '../../lab/sweeps/sweeps.ts';
import type { StartedSweep } from '../../lab/sweeps/sweeps.ts';
import type { Library } from '../../library/library.ts';
import { SweepStore } from '../../library/sweep-store.ts';
import { changeLibrary } from '../change-library.ts';
import { count, counted, moment, percent, roughDuration, scaled } from '../format.ts';
import type { CallLab } from '../host-bridge.ts';
import { openForReading } from '../open-lab.ts';
import { readJsonFile } from '../spec-input.ts';
import { planWithTrials } from '../sweep-plan.ts';
import { left, right, table } from '../table.ts';
import { print, printAll, printJson, say } from '../terminal.ts';
import { trainInForeground } from '../train.ts';
import { jsonOption, libraryOption, tensorboardOption, wholeNumbers } from '../usage.ts';
import { requireDone } from './run.ts';

interface SweepOptions {
  readonly spec?: string;
  readonly dryRun?: boolean;
  readonly again?: boolean;
  readonly queue?: boolean;
  readonly tensorboard?: string;
  readonly addSeeds?: readonly number[];
  readonly list?: boolean;
  readonly library?: string;
  readonly json?: boolean;
}

const owner = 'the command line (microbatch sweep)';

export function addSweep(program: Command): void {
  program
    .command('sweep')
    .description('Train many runs from one spec: every combination of values, or some that are drawn.')
    .argument('[sweep]', 'id of a sweep, or a unique beginning of one, to show it or to add seeds')
    .option('--spec <file>', 'JSON file: {"base": SPEC, "axes": {"lambda": [0.003, 0.01], "seed": [1, 2, 3]}}')
    .option('--dry-run', 'print its runs, time and disk, and train nothing')
    .option('--again', 'train also what has a run already')
    .option('--queue', 'put the runs into the queue instead of training them here')
    .option(
      '--add-seeds <list>',
      'train every setting of the named sweep with more seeds',
      wholeNumbers(0, 2 ** 32 - 1),
    )
    .option('--list', 'list the sweeps of the library')
    .addOption(libraryOption())
    .addOption(tensorboardOption())
    .addOption(jsonOption())
    .action(sweep);
}

async function sweep(reference: string | undefined, options: SweepOptions, command: Command): Promise<void> {
  const { spec, addSeeds, list, dryRun, again = false } = options;
  const wanted = [spec !== undefined, list === true, reference !== undefined].filter(Boolean).length;
  if (wanted !== 1 || (addSeeds !== undefined && reference === undefined)) {
    const message = 'one of --spec, --list and the id of a sweep is needed, and --add-seeds goes with an id';
    return command.error(message, { code: 'conflicting-option' });
  }
  if (list === true) return showList(options);
  if (reference !== undefined) {
    const { id } = await resolveSweep(await openForReading(options.library), reference);
    if (addSeeds === undefined) return showSweep(id, options);
    return start(options, (call) => call('sweeps.add-seeds', { sweep: id, seeds: [...addSeeds] }));
  }
  const definition = parseOrThrow(sweepDefinition, await readJsonFile(spec ?? ''), {
    code: 'sweep/invalid',
    what: spec ?? '',
  });
  if (dryRun === true) return showPlan(definition, options);
  return start(options, (call) => call('sweeps.create', { definition, again }));
}

/** Queues the runs and trains them here, or leaves them to the queue. */
async function start(options: SweepOptions, create: (call: CallLab) => Promise<StartedSweep>): Promise<void> {
  if (options.queue === true) {
    const { sweep: made } = await changeLibrary({ library: options.library, owner }, create);
    return showSweep(made.id, options);
  }
  const made: SweepRecord[] = [];
  const training = await trainInForeground({
    library: options.library,
    tensorboard: options.tensorboard,
    owner,
    start: async (lab: Lab) => {
      const started = await create((name, parameters) => answerCall(lab.handlers, name, parameters));
      made.push(started.sweep);
      if (started.sweep.reused.length > 0)
        say(`${counted(started.sweep.reused.length, 'run')} exist already and are not trained again.`);
      return started.created;
    },
  });
  for (const { id } of made) await showSweep(id, options);
  requireDone(training);
}

async function showPlan(definition: SweepDefinition, options: SweepOptions): Promise<void> {
  const library = await openForReading(options.library).catch((error: unknown) => {
    if (error instanceof MicrobatchError && error.code === 'library/missing') return null;
    throw error;
  });
  const { plan } = await planWithTrials(definition, options.again ?? false, library);
  const document: SweepPlanDocument = { plan };
  if (options.json) printJson(document);
  else await printAll(describePlan(plan));
  if (plan.problems.length === 0) return;
  throw new MicrobatchError({
    code: 'sweep/invalid',
    message: `${counted(plan.problems.length, 'problem')} in the settings of the sweep; the first: ${plan.problems[0]?.message ?? ''}`,
    remedy: 'correct the base or the axes',
  });
}

function describePlan(plan: SweepPlan): string[] {
  const { settings, seeds, runs, existing, repeated, problems, rows } = plan;
  return [
    `settings  ${count(settings)}, with ${counted(seeds.length, 'seed')} each`,
    `runs      ${counted(runs, 'run')} to train${existing.length === 0 ? '' : `, ${count(existing.length)} exist already`}`,
    ...(runs === 0 ? [] : costLines(plan)),
    ...(repeated === 0
      ? []
      : [`repeated  ${counted(repeated, 'setting')} came out twice and ${repeated === 1 ? 'is' : 'are'} taken once`]),
    '',
    ...table(
      [left('setting'), right('to train'), right('time a run')],
      rows.map(({ values, seconds: one, toTrain }) => [
        settingText(values),
        count(toTrain),
        one === null ? 'unknown' : roughDuration(one),
      ]),
    ),
    ...(settings > rows.length ? [`and ${counted(settings - rows.length, 'more setting')}`] : []),
    ...problems.map(({ values, count: times, message }) => {
      const words = valuesText(values);
      return `not valid: ${words === '' ? '' : `${words}: `}${message}${times > 1 ? ` (${count(times)} settings)` : ''}`;
    }),
  ];
}

function costLines({ seconds, bytes, checkpointBytes }: SweepPlan): string[] {
  const checkpoints =
    checkpointBytes === null ? '; checkpoints come on top' : ` and ${scaled(checkpointBytes, 'B')} of checkpoints`;
  return [
    `time      ${seconds === null ? 'unknown' : `${roughDuration(seconds)} in all`}`,
    `disk      about ${scaled(bytes, 'B')} of metrics${checkpoints}`,
  ];
}

async function showList({ library: named, json }: SweepOptions): Promise<void> {
  const library = await openForReading(named);
  const { sweeps, damaged } = await new SweepStore(library.folder).list();
  for (const error of damaged) say(describeError(error));
  const { records } = await library.runs.list();
  const documents = sweeps.map((one) => documentOf(one, records));
  if (json) printJson({ sweeps: documents });
  else if (documents.length === 0) print(`${library.folder} holds no sweeps yet.`);
  else {
    const lines = table(
      [left('sweep'), left('name'), right('settings'), right('runs'), right('done'), left('created')],
      documents.map(({ sweep: id, name, settings, runs, createdAt }) => [
        ...[id, name, count(settings.length), count(runs.length)],
        ...[count(runs.filter(({ status }) => status === 'done').length), moment(createdAt)],
      ]),
    );
    await printAll(lines);
  }
}

async function showSweep(id: string, { library: named, json }: SweepOptions): Promise<void> {
  const library = await openForReading(named);
  const record = await new SweepStore(library.folder).get(id);
  const { records } = await library.runs.list();
  const document = documentOf(record, records);
  if (json) {
    printJson(document);
    return;
  }
  await printAll([
    `${document.name} (${id}): ${counted(document.settings.length, 'setting')}, ${counted(document.runs.length, 'run')}`,
    '',
    ...table(
      [left('setting'), right('seeds'), right('done'), right('best accuracy'), right('std, points'), left('runs')],
      summariseSweep(record, records).map(({ values, runs, done, mean, std }) => [
        settingText(values),
        count(runs.length),
        count(done),
        mean === null ? '–' : percent(mean),
        std === null ? '–' : (100 * std).toFixed(2),
        runs.map((run) => run.id).join(' '),
      ]),
    ),
  ]);
}

const settingText = (values: SweepRecord['settings'][number]['values']): string => valuesText(values) || 'the base';

function documentOf(record: SweepRecord, records: readonly RunRecord[]): SweepDocument {
  const sets = summariseSweep(record, records);
  const { id, name, createdAt, definition } = record;
  return {
    ...{ sweep: id, name, createdAt, definition },
    settings: sets.map(({ values, groupHash, runs, done, mean, std }) => ({
      ...{ values, group: groupHash, n: done, mean, std },
      runs: runs.map((run) => run.id),
    })),
    runs: sets.flatMap(({ runs }) =>
      runs.map(({ id: run, spec, status, step, final, best }: SpecifiedRun) => ({
        ...{ run, seed: spec.seed, status, steps: step, final, best },
        reused: record.reused.includes(run),
      })),
    ),
  };
}

async function resolveSweep(library: Library, reference: string): Promise<SweepRecord> {
  const store = new SweepStore(library.folder);
  const { sweeps } = await store.list();
  const found = sweeps.filter(({ id }) => id.startsWith(reference));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) return store.get(reference);
  throw new MicrobatchError({
    code: 'sweep/ambiguous',
    message: `${reference} means ${String(found.length)} sweeps: ${found
      .map(({ id }) => id)
      .slice(0, 5)
      .join(', ')}`,
    expected: 'the id of one sweep, or a beginning that only one id has',
  });
}
