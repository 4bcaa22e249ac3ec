import { describeError, toErrorShape } from '../../src/contracts/errors.ts';
import { methods } from '../../src/contracts/methods.ts';
import type { Executor } from '../../src/engine/executors/executor.ts';
import { methodOf } from '../../src/engine/methods/index.ts';
import { layerSchema } from '../../src/engine/models/model.ts';
import { readCase, readSubject } from './case.ts';
import type { Discovered } from './discover.ts';
import { runCase } from './run-case.ts';

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
    const reason = reasonToSkip(found);
    if (reason !== undefined) return { ...base, status: 'skipped', reason };
    const golden = readCase(found.path);
    const reference = readSubject(found.path).method;
    const id = methods.find(({ referenceName }) => referenceName === reference)?.id ?? 'small-batch';
    const worst = await runCase(golden, methodOf({ method: id, lambda: golden.figures.hyper.lambda }), executor);
    return { ...base, status: worst.share <= 1 ? 'passed' : 'failed', worst: worst.share, quantity: worst.quantity };
  } catch (error) {
    return { ...base, status: 'failed', reason: describeError(toErrorShape(error)) };
  }
}

function reasonToSkip({ name, path }: Discovered): string | undefined {
  if (!name.startsWith('cases/')) return `${name.split('/')[0] ?? name}: not built yet`;
  if (name.endsWith('.curvature')) return 'curvature: not built yet';
  const { method, network } = readSubject(path);
  if (!methods.some(({ referenceName }) => referenceName === method)) return `method ${String(method)}: not built yet`;
  const known = new Set<string>(layerSchema.options.map((option) => option.shape.type.value));
  const strange = network?.layers.find(({ type }) => !known.has(type));
  return strange === undefined ? undefined : `layer ${strange.type}: not built yet`;
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
