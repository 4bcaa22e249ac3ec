import type { RunRecord, RunStatus } from '../contracts/run-record.ts';

/** What a notification of the system says. */
export interface Notice {
  readonly title: string;
  readonly body: string;
}

/** How a run that trained can have ended, as it is said of it; a stop and a pause are the user's own doing. */
const ends: Partial<Readonly<Record<RunStatus, string>>> = {
  done: 'is done',
  failed: 'failed',
  diverged: 'diverged',
  interrupted: 'was interrupted',
};

export const isNoticed = (status: RunStatus): boolean => ends[status] !== undefined;

/** One notice of all the runs that ended since the user last looked, the latest last. */
export function endNotice(records: readonly RunRecord[]): Notice | null {
  const latest = records.at(-1);
  if (latest === undefined) return null;
  const said = `${latest.name} ${ends[latest.status] ?? 'ended'}`;
  const result = resultOf(latest);
  if (records.length === 1) return { title: said, body: result };
  const counts = Object.keys(ends).flatMap((status) => {
    const count = records.filter((record) => record.status === status).length;
    return count === 0 ? [] : [`${String(count)} ${status}`];
  });
  return { title: `${String(records.length)} runs have ended`, body: `${counts.join(', ')}. Last: ${said}.` };
}

function resultOf({ status, best, error, step }: RunRecord): string {
  if (status !== 'done') return error?.message ?? `at step ${String(step)}`;
  if (best === null) return `${String(step)} steps`;
  return `validation accuracy ${(100 * best['validation/accuracy']).toFixed(2)} % at step ${String(best.step)}`;
}
