import { availableParallelism } from 'node:os';
import type { PlanDocument } from '../../contracts/command-documents.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import { estimatePlan } from '../../lab/plan.ts';
import { Probes } from '../../lab/probes.ts';
import { paths } from '../application.ts';
import { forkProcessHost } from '../fork-process-host.ts';
import { count, counted, duration, scaled } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { print, printJson } from '../terminal.ts';

interface PlanOptions {
  readonly spec: RunSpec;
  /** Seeds, a run each. */
  readonly runs: number;
  readonly library: string | undefined;
  readonly json: boolean | undefined;
}

/** `run --dry-run`: what runs of a spec would take. Neither trains nor writes anything. */
export async function showPlan({ spec, runs, library, json }: PlanOptions): Promise<void> {
  const figures = await new Probes(forkProcessHost, paths.probe).plan(spec);
  const plan = { runs, steps: spec.steps, ...estimatePlan(spec, figures, await earlierRuns(library)) };
  const document: PlanDocument = { plan: { ...plan, operationsPerStep: plan.operationsPerStep ?? null } };
  if (json) printJson(document);
  else for (const line of describePlan(document.plan, spec)) print(line);
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

function describePlan(plan: PlanDocument['plan'], spec: RunSpec): string[] {
  const { operationsPerStep, secondsPerRun, runs } = plan;
  const side = Math.max(1, Math.min(runs, Math.floor(availableParallelism() / spec.threads)));
  const lines: [string, string][] = [
    ['runs', `${count(runs)} (${counted(plan.steps, 'step')} each)`],
    ['parameters', count(plan.parameters)],
    ['gradient evaluations', `${count(plan.gradientEvaluationsPerStep)} images a step`],
    ['work', operationsPerStep === null ? 'not counted' : `${scaled(operationsPerStep, 'FLOP')} a step`],
    [
      'time',
      secondsPerRun === null
        ? 'not known: no run of this setting has ended in this library yet'
        : `${duration(secondsPerRun)} a run, ${duration(secondsPerRun * Math.ceil(runs / side))} in all`,
    ],
  ];
  const width = Math.max(...lines.map(([title]) => title.length));
  return lines.map(([title, text]) => `${title.padEnd(width)}  ${text}`);
}
