import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { ReplayStopDocument } from '../../contracts/command-documents.ts';
import { describeError } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';
import { filterRuns } from '../../contracts/run-filter.ts';
import { finishedStatuses } from '../../contracts/run-record.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { stopRule } from '../../contracts/stop-rule.ts';
import { replayStop as replay } from '../../lab/stop-replay.ts';
import type { Library } from '../../library/library.ts';
import { count, counted, duration, percent, points } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { requirePossible } from '../possible-filter.ts';
import { left, right, table } from '../table.ts';
import { print, printJson, say } from '../terminal.ts';
import { jsonOption, libraryOption } from '../usage.ts';

interface ReplayStopOptions {
  readonly lossAbove?: number;
  readonly accuracyReached?: number;
  readonly plateau?: { evaluations: number; gain: number };
  readonly filter?: string;
  readonly library?: string;
  readonly json?: boolean;
}

export function addReplayStop(program: Command): void {
  program
    .command('replay-stop')
    .description('Tell when a stop rule would have ended finished runs, what it would have saved and what lost.')
    .argument('[run...]', 'ids, unique beginnings of ids, or unique names (default: every finished run)')
    .option('--loss-above <loss>', 'ends at a recorded training loss above this', number)
    .option('--accuracy-reached <fraction>', 'ends at a validation accuracy of at least this, such as 0.8', number)
    .option('--plateau <evaluations[,gain]>', 'ends after so many evaluations in a row without a better one', plateau)
    .option('--filter <expression>', 'only runs that match')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(replayStop);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number.');
}

function plateau(text: string): { evaluations: number; gain: number } {
  const [evaluations = '', gain = '0', ...rest] = text.split(',');
  if (rest.length > 0) throw new InvalidArgumentError('Expected EVALUATIONS or EVALUATIONS,GAIN.');
  return { evaluations: number(evaluations), gain: number(gain) };
}

async function replayStop(references: string[], options: ReplayStopOptions, command: Command): Promise<void> {
  const { lossAbove, accuracyReached, plateau: flat, filter = '' } = options;
  if ([lossAbove, accuracyReached, flat].every((part) => part === undefined)) {
    const message = 'one of --loss-above, --accuracy-reached and --plateau is needed';
    return command.error(message, { code: 'missing-option' });
  }
  const rule = parseOrThrow(
    stopRule,
    { lossAbove, accuracyReached, plateau: flat },
    { code: 'stop-rule/invalid', what: 'the stop rule' },
  );
  requirePossible(filter);
  const library = await openForReading(options.library);
  const runs = replay(library.runs, filterRuns(await chosen(library, references), filter), rule);
  const document: ReplayStopDocument = { rule, runs };
  if (options.json) printJson(document);
  else for (const line of describe(document)) print(line);
}

async function chosen(library: Library, references: readonly string[]): Promise<RunRecord[]> {
  if (references.length > 0) {
    const records: RunRecord[] = [];
    for (const reference of references) records.push(await library.runs.resolve(reference));
    return records;
  }
  const { records, damaged } = await library.runs.list();
  for (const { error } of damaged) say(describeError(error));
  return records.filter(({ status, step }) => finishedStatuses.includes(status) && step > 0);
}

function describe({ runs }: ReplayStopDocument): string[] {
  if (runs.length === 0) return ['No run matches.'];
  const ended = runs.filter(({ stopsAt }) => stopsAt !== null);
  const steps = runs.reduce((sum, run) => sum + run.stepsSaved, 0);
  const seconds = runs.reduce((sum, run) => sum + run.secondsSaved, 0);
  const lost = Math.max(0, ...runs.map(({ accuracyLost }) => accuracyLost ?? 0));
  return [
    ...table(
      [
        ...[left('run'), left('name'), right('steps'), right('stops at'), right('best'), right('best at stop')],
        ...[right('lost, points'), right('saved'), left('why')],
      ],
      runs.map((run) => [
        ...[run.run, run.name, count(run.steps), run.stopsAt === null ? '–' : count(run.stopsAt)],
        run.best === null ? '–' : percent(run.best),
        run.bestAtStop === null ? '–' : percent(run.bestAtStop),
        run.accuracyLost === null ? '–' : points(run.accuracyLost),
        run.stopsAt === null ? '–' : duration(run.secondsSaved),
        run.reason ?? '',
      ]),
    ),
    '',
    `Ends ${count(ended.length)} of ${counted(runs.length, 'run')} early; saves ${counted(steps, 'step')} and ${duration(seconds)}, and loses up to ${points(lost).replace('+', '')} points of best accuracy.`,
  ];
}
