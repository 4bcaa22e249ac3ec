import { availableParallelism } from 'node:os';
import type { PlanDocument } from '../../contracts/command-documents.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { toErrorShape } from '../../contracts/errors.ts';
import { executorNames } from '../../contracts/run-spec.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import { estimatePlan, secondsByTrial } from '../../lab/plan.ts';
import { Probes } from '../../lab/probes.ts';
import { paths } from '../application.ts';
import { forkProcessHost } from '../fork-process-host.ts';
import { count, counted, roughDuration, scaled } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { left, right, table } from '../table.ts';
import { print, printJson } from '../terminal.ts';

interface PlanOptions {
  readonly spec: RunSpec;
  /** Seeds, a run each. */
  readonly runs: number;
  readonly library: string | undefined;
  readonly json: boolean | undefined;
  /** Whether the other executors are tried as well. */
  readonly everyExecutor: boolean | undefined;
}

type Plan = PlanDocument['plan'];

/** `run --dry-run`: what runs of a spec would take, measured in a process of its own. Nothing is written. */
export async function showPlan({ spec, runs, library, json, everyExecutor }: PlanOptions): Promise<void> {
  const probes = new Probes(forkProcessHost, paths.probe);
  const figures = await probes.plan(spec);
  const trial = await probes.trial(spec, paths.resources);
  const { secondsPerRun: known } = estimatePlan(spec, figures, await earlierRuns(library));
  const plan: Plan = {
    runs,
    steps: spec.steps,
    parameters: figures.parameters,
    gradientEvaluationsPerStep: figures.gradientEvaluationsPerStep,
    operationsPerStep: figures.operationsPerStep,
    instrumentEvaluationsPerStep: figures.instrumentEvaluationsPerStep,
    executor: trial.executor,
    secondsPerRun: known ?? secondsByTrial(spec, trial),
    timeFrom: known === null ? 'trial' : 'earlier runs',
    peakBytes: trial.peakBytes,
    ...(everyExecutor ? { executors: await tryExecutors(spec, probes) } : {}),
  };
  if (json) printJson({ plan });
  else for (const line of describePlan(plan, spec)) print(line);
}

/** One after the other, so that they do not slow each other down. */
async function tryExecutors(spec: RunSpec, probes: Probes): Promise<NonNullable<Plan['executors']>> {
  const found: NonNullable<Plan['executors']> = [];
  for (const name of executorNames.filter((each) => each !== 'auto')) {
    try {
      const trial = await probes.trial({ ...spec, executor: name }, paths.resources);
      found.push({ name, secondsPerRun: secondsByTrial(spec, trial), peakBytes: trial.peakBytes, reason: null });
    } catch (error) {
      found.push({ name, secondsPerRun: null, peakBytes: null, reason: toErrorShape(error).message });
    }
  }
  return found;
}

/** Without a library there are no earlier runs, and a dry run makes none. */
async function earlierRuns(named: string | undefined): Promise<readonly RunRecord[]> {
  try {
    const library = await openForReading(named);
    return (await library.runs.list()).records;
  } catch {
    return [];
  }
}

function describePlan(plan: Plan, spec: RunSpec): string[] {
  const { operationsPerStep, secondsPerRun, runs } = plan;
  const slots = Math.max(1, Math.min(runs, Math.floor(availableParallelism() / spec.threads)));
  const inAll =
    runs === 1 ? '' : `, ${roughDuration(secondsPerRun * Math.ceil(runs / slots))} for all ${counted(runs, 'run')}`;
  const lines: readonly (readonly [title: string, text: string])[] = [
    ['runs', `${counted(runs, 'run')} of ${counted(plan.steps, 'step')}`],
    ['executor', plan.executor],
    ['parameters', count(plan.parameters)],
    ['gradients', `${counted(plan.gradientEvaluationsPerStep, 'image gradient')} a step`],
    ['work', operationsPerStep === null ? 'not counted' : `${scaled(operationsPerStep, 'FLOP')} a step`],
    ...instrumentLine(plan),
    ['time', `${roughDuration(secondsPerRun)} a run${inAll} (from ${sources[plan.timeFrom]})`],
    ['peak memory', `${scaled(plan.peakBytes, 'B')} a run, the whole process`],
  ];
  const width = Math.max(...lines.map(([title]) => title.length));
  return [...lines.map(([title, text]) => `${title.padEnd(width)}  ${text}`), ...executorLines(plan)];
}

function executorLines({ executors = [] }: Plan): string[] {
  if (executors.length === 0) return [];
  const rows = executors.map(({ name, secondsPerRun, peakBytes, reason }) => [
    ...[name, secondsPerRun === null ? '–' : roughDuration(secondsPerRun)],
    ...[peakBytes === null ? '–' : scaled(peakBytes, 'B'), reason ?? ''],
  ]);
  return ['', ...table([left('executor'), right('a run'), right('peak memory'), left('')], rows)];
}

function instrumentLine({ instrumentEvaluationsPerStep: added }: Plan): [title: string, text: string][] {
  if (added === 0) return [];
  return [['instruments', `at most ${counted(Math.ceil(added), 'image gradient')} more a step on average`]];
}

const sources: Readonly<Record<Plan['timeFrom'], string>> = {
  'earlier runs': 'finished runs of this setting',
  trial: 'a moment of training',
};
