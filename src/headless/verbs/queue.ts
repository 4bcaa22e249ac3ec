import { availableParallelism } from 'node:os';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { QueueDocument } from '../../contracts/command-documents.ts';
import { describeError, MicrobatchError } from '../../contracts/errors.ts';
import { queuePriorities } from '../../contracts/queue.ts';
import type { QueueMove, QueuePriority, QueueView } from '../../contracts/queue.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord, SpecifiedRun } from '../../contracts/run-record.ts';
import type { Lab } from '../../lab/lab.ts';
import { readQueue } from '../../lab/queue/read-queue.ts';
import { isFinished } from '../../lab/run-status.ts';
import { program } from '../application.ts';
import { changeLibrary } from '../change-library.ts';
import { count, counted } from '../format.ts';
import type { CallLab } from '../host-bridge.ts';
import { openForReading } from '../open-lab.ts';
import { wantedRuns, withSpecOptions } from '../spec-options.ts';
import type { SpecOptions } from '../spec-options.ts';
import { left, right, table } from '../table.ts';
import { print, printJson, say } from '../terminal.ts';
import { trainInForeground } from '../train.ts';
import { jsonOption, libraryOption, tensorboardOption } from '../usage.ts';
import { requireDone, showTraining } from './run.ts';

interface CommonOptions {
  readonly library?: string;
  readonly json?: boolean;
}

const owner = 'the command line (microbatch queue)';
const runArgument = ['<run...>', 'ids, unique beginnings of ids, or unique names'] as const;

export function addQueue(parent: Command): void {
  const queue = parent.command('queue').description('Runs that wait: their order, and whether they are trained.');
  const verb = (name: string, description: string): Command =>
    queue.command(name).description(description).addOption(libraryOption()).addOption(jsonOption());
  const priority = (): Option => new Option('--priority <name>', 'what is trained first').choices(queuePriorities);

  withSpecOptions(verb('add', 'Queue runs, one a seed, without training them.')).addOption(priority()).action(add);
  verb('list', 'Show what waits, in its order, and why what is not ready is not.').action(list);
  verb('move', 'Put runs elsewhere in the queue.')
    .argument(...runArgument)
    .addOption(new Option('--to <place>', 'an end of the queue, or one place further').choices(places))
    .option('--before <run>', 'in front of another run')
    .addOption(priority())
    .action(move);
  verb('remove', 'Take runs out of the queue; they are kept as stopped and can be retried.')
    .argument(...runArgument)
    .action((runs: string[], options: CommonOptions) => each(runs, options, (call, run) => call('runs.stop', { run })));
  verb('retry', 'Queue runs that ended early again, from their first step.')
    .argument(...runArgument)
    .action((runs: string[], options: CommonOptions) =>
      each(runs, options, async (call, run) => (await call('runs.retry', { run })).id),
    );
  verb('start', 'Train the queue here, or let the host that owns the library go on with it.')
    .addOption(tensorboardOption())
    .action(start);
  verb('pause', 'Let no further run start, also after a restart; what trains goes on.').action(pause);
}

const places = ['top', 'up', 'down', 'bottom'] as const;

async function add(
  options: SpecOptions & CommonOptions & { priority?: QueuePriority },
  command: Command,
): Promise<void> {
  const wanted = await wantedRuns(options, command);
  const { priority } = options;
  await change(options, async (call) => {
    const created = await call('runs.create', { ...wanted, ...(priority === undefined ? {} : { priority }) });
    return created.map(({ id }) => id);
  });
}

async function list({ library: named, json }: CommonOptions): Promise<void> {
  const library = await openForReading(named);
  const { records, damaged } = await library.runs.list();
  for (const { error } of damaged) say(describeError(error));
  const view = await readQueue(library, records, availableParallelism(), (error) => say(describeError(error)));
  show(view, records, json);
}

interface MoveOptions extends CommonOptions {
  readonly to?: (typeof places)[number];
  readonly before?: string;
  readonly priority?: QueuePriority;
}

async function move(references: string[], options: MoveOptions, command: Command): Promise<void> {
  const { to, before, priority } = options;
  const given = [to, before, priority].filter((value) => value !== undefined).length;
  if (given !== 1) {
    return command.error('one of --to, --before and --priority is needed, and only one', {
      code: 'conflicting-option',
    });
  }
  await change(options, async (call) => {
    const runs = await resolveAll(references, options.library);
    if (priority !== undefined) await call('queue.prioritise', { runs, priority });
    else await call('queue.move', { runs, to: await target(to, before, options.library) });
    return null;
  });
}

async function target(
  to: MoveOptions['to'],
  before: string | undefined,
  library: string | undefined,
): Promise<QueueMove['to']> {
  if (before === undefined) return to ?? 'top';
  const [run = ''] = await resolveAll([before], library);
  return { before: run };
}

/** `work` gives the id of what it has queued, if it has. */
async function each(
  references: readonly string[],
  options: CommonOptions,
  work: (call: CallLab, run: string) => Promise<string | null>,
): Promise<void> {
  await change(options, async (call) => {
    const runs = await resolveAll(references, options.library);
    const queued: string[] = [];
    for (const run of runs) {
      const id = await work(call, run);
      if (id !== null) queued.push(id);
    }
    return queued.length === 0 ? null : queued;
  });
}

async function pause(options: CommonOptions): Promise<void> {
  await change(options, async (call) => {
    await call('queue.pause', null);
    return null;
  });
}

/** Trains in this terminal until nothing is left that could start; beside a web host it only lets that one go on. */
async function start(options: CommonOptions & { readonly tensorboard?: string }): Promise<void> {
  const waiting: string[] = [];
  const training = await trainInForeground({
    library: options.library,
    tensorboard: options.tensorboard,
    owner: 'the command line (microbatch queue start)',
    trains: 'queue',
    start: async (lab) => {
      const records = await openRuns(lab);
      await lab.handlers['queue.start'](null);
      waiting.push(...records.map(({ id }) => id));
      return records;
    },
  }).catch((error: unknown) => {
    if (error instanceof MicrobatchError && error.code === 'library/owned') return null;
    throw error;
  });
  if (training === null) {
    await change(options, async (call) => {
      await call('queue.start', null);
      return null;
    });
    say('The host that owns the library trains it.');
    return;
  }
  showTraining(training, options.json);
  const ended = training.records.filter(isFinished);
  requireDone({ ...training, records: ended });
  await requireNoneLeft(
    training.records.filter((record) => !isFinished(record)),
    options.library,
  );
}

/** What trains and what waits, in the order of the queue. */
async function openRuns(lab: Lab): Promise<SpecifiedRun[]> {
  const { entries } = await lab.handlers['queue.read'](null);
  const place = new Map(entries.map(({ run }, index) => [run, index]));
  const all = (await lab.handlers['runs.list'](null)).filter(hasSpec);
  const resting = all.filter(({ status }) => status === 'paused');
  if (resting.length > 0) say(`${counted(resting.length, 'run')} rest; \`${program} resume\` goes on with them.`);
  const records = all.filter(({ status }) => status === 'queued' || status === 'running');
  return records.toSorted((one, other) => (place.get(one.id) ?? -1) - (place.get(other.id) ?? -1));
}

async function requireNoneLeft(records: readonly RunRecord[], named: string | undefined): Promise<void> {
  const [first] = records;
  if (first === undefined) return;
  const library = await openForReading(named);
  const { records: all } = await library.runs.list();
  const view = await readQueue(library, all, availableParallelism(), () => undefined);
  const reason = view.entries.find(({ run }) => run === first.id)?.reason ?? 'it did not start';
  throw new MicrobatchError({
    code: 'queue/blocked',
    message: `${counted(records.length, 'run')} could not start; ${first.id}: ${reason.replace(/\.$/, '')}`,
    remedy: '`microbatch queue list` shows what each one waits for',
  });
}

/** Does something to the queue and prints what it is then. `work` gives the ids of runs that it has queued, if any. */
async function change(options: CommonOptions, work: (call: CallLab) => Promise<string[] | null>): Promise<void> {
  await changeLibrary({ library: options.library, owner }, async (call) => {
    const added = await work(call);
    const view = await call('queue.read', null);
    const records = await call('runs.list', null);
    show(view, records, options.json, added ?? undefined);
  });
}

async function resolveAll(references: readonly string[], named: string | undefined): Promise<string[]> {
  const library = await openForReading(named);
  const ids: string[] = [];
  for (const reference of references) ids.push((await library.runs.resolve(reference)).id);
  return ids;
}

function show(view: QueueView, records: readonly RunRecord[], json: boolean | undefined, added?: string[]): void {
  const byId = new Map(records.filter(hasSpec).map((record) => [record.id, record]));
  const entries: QueueDocument['entries'] = view.entries.flatMap((entry, index) => {
    const record = byId.get(entry.run);
    if (record === undefined) return [];
    const { name, spec } = record;
    return [{ ...entry, place: index + 1, name, method: spec.method, seed: spec.seed }];
  });
  const document: QueueDocument = { ...view, entries, ...(added === undefined ? {} : { added }) };
  if (json) printJson(document);
  else for (const line of describe(document)) print(line);
}

function describe({ entries, paused, threads, added }: QueueDocument): string[] {
  const { budget, used } = threads;
  const state = `${paused ? 'The queue rests' : 'The queue is on'}; ${count(used)} of ${counted(budget, 'thread')} in use.`;
  const news = added === undefined ? [] : [`Queued ${counted(added.length, 'run')}.`];
  if (entries.length === 0) return [...news, `Nothing waits. ${state}`];
  return [
    ...news,
    ...table(
      [right('place'), left('run'), left('name'), left('priority'), left('state'), left('why')],
      entries.map(({ place, run, name, priority, state: is, reason }) => [
        String(place),
        run,
        name,
        priority,
        is,
        reason ?? '',
      ]),
    ),
    '',
    state,
  ];
}
