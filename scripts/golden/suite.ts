import { describeError, toErrorShape } from '../../src/contracts/errors.ts';
import type { Executor } from '../../src/engine/executors/executor.ts';
import { readCase } from './case.ts';
import { runCheckpointCase } from './checkpoint-case.ts';
import type { Worst } from './checks.ts';
import { runDataCase } from './data-case.ts';
import type { Discovered } from './discover.ts';
import { methodOfCase } from './method-of-case.ts';
import { runMisc } from './misc.ts';
import { runCase } from './run-case.ts';
import { runCurvature } from './run-curvature.ts';
import { runFullCase } from './run-full.ts';

/** Executors that run a graph node by node. */
const interpreters = ['tfjs-cpu', 'tfjs-wasm'];

export interface CaseReport {
  readonly case: string;
  readonly executor: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Error over limit of the quantity nearest to its limit; null where nothing was compared. */
  readonly worst: number | null;
  readonly quantity: string | null;
  /** Why it was skipped or could not be run. */
  readonly reason?: string;
}

/** Runs one case, or says why its subject cannot be run. */
export async function runDiscovered(found: Discovered, executor: Executor): Promise<CaseReport> {
  const base = { case: found.name, executor: executor.description.name, worst: null, quantity: null };
  try {
    const outcome = await runSubject(found, executor);
    if (typeof outcome === 'string') return { ...base, status: 'skipped', reason: outcome };
    const { share, quantity } = outcome;
    return { ...base, status: share <= 1 ? 'passed' : 'failed', worst: share, quantity };
  } catch (error) {
    return { ...base, status: 'failed', reason: describeError(toErrorShape(error)) };
  }
}

/** The worst comparison, or the reason to skip the case. */
async function runSubject({ name, path }: Discovered, executor: Executor): Promise<Worst | string> {
  const [kind, key = ''] = name.split('/');
  switch (kind) {
    case 'cases':
      return key.endsWith('.curvature') ? runCurvature(path, executor) : runTraining(path, executor);
    case 'full':
      return interpreters.includes(executor.description.name)
        ? `full-size networks are too slow on ${executor.description.name}`
        : runFullCase(path, executor);
    case 'data':
      return runDataCase(path, key);
    case 'checkpoint':
      return runCheckpointCase(path);
    case 'misc':
      return runMisc(path, key);
    default:
      return `${String(kind)}: not built yet`;
  }
}

function runTraining(path: string, executor: Executor): Promise<Worst> | string {
  const golden = readCase(path);
  const method = methodOfCase(golden.figures);
  return method === undefined ? `method ${golden.figures.method}: not built yet` : runCase(golden, method, executor);
}

/** One line for a terminal. */
export function describeReport(report: CaseReport): string {
  const figures =
    report.worst === null
      ? (report.reason ?? '')
      : `${report.worst.toPrecision(3)} of its limit: ${report.quantity ?? ''}`;
  return `${report.status.padEnd(7)} ${report.case.padEnd(32)} ${figures}`.trimEnd();
}

export function summarise(reports: readonly CaseReport[]): { passed: number; failed: number; skipped: number } {
  const count = (status: CaseReport['status']): number => reports.filter((report) => report.status === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}
