import { defineStore } from 'pinia';
import { computed } from 'vue';
import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord, RunStatus, SpecifiedRun } from '../../contracts/run-record.ts';
import { formatAbout } from '../format/times.ts';
import { useCatalogue } from './catalogue.ts';
import { expectedSeconds, measuredPace, schedule } from './expected-time.ts';
import { useQueue } from './queue.ts';
import { useRuns } from './runs.ts';

/** What trains and what waits, and how long all of it may take. */
export const useWorkload = defineStore('workload', () => {
  const runs = useRuns();
  const catalogue = useCatalogue();
  const queue = useQueue();
  const withStatus = (status: RunStatus): readonly SpecifiedRun[] =>
    runs.records
      .filter(hasSpec)
      .filter((record) => record.status === status)
      .toReversed();
  const running = computed(() => withStatus('running'));
  const paused = computed(() => withStatus('paused'));
  /** In the order in which it will be trained. */
  const queued = computed(() => {
    const place = (run: RunRecord): number => queue.entries.get(run.id)?.place ?? Number.POSITIVE_INFINITY;
    // Stable: runs that the host has not placed yet stay oldest first, behind the others.
    return withStatus('queued').toSorted((one, other) =>
      place(one) < place(other) ? -1 : place(one) > place(other) ? 1 : 0,
    );
  });
  /** Those of `queued` that start by themselves: none while the queue rests, and no blocked one. */
  const moving = computed(() =>
    queue.view?.paused === true ? [] : queued.value.filter(({ id }) => queue.entries.get(id)?.state !== 'blocked'),
  );

  const stepOf = (run: RunRecord): number => runs.progress.get(run.id)?.step ?? run.step;
  /** Steps taken, and the part of the one under way: a step may take minutes. */
  const takenOf = (run: RunRecord): number => stepOf(run) + (runs.progress.get(run.id)?.underway ?? 0);

  /** Share of the steps of all running runs that is done. */
  const share = computed(() => {
    const steps = running.value.reduce((sum, { spec }) => sum + spec.steps, 0);
    return steps === 0 ? 0 : running.value.reduce((sum, run) => sum + takenOf(run), 0) / steps;
  });

  const pace = computed(() => measuredPace(runs.records));
  /** Seconds that a waiting run will take; null until a replicate of it is done. */
  const takes = (run: SpecifiedRun): number | null => expectedSeconds(pace.value, run);

  const times = computed(() =>
    schedule(
      running.value.map((run) => runs.progress.get(run.id)?.remainingSeconds ?? null),
      moving.value.map(takes),
      catalogue.host?.concurrency ?? 1,
    ),
  );
  const starts = computed(() => new Map(moving.value.map(({ id }, index) => [id, times.value.starts[index] ?? null])));
  /** Seconds until a waiting run starts; null where that cannot be known. */
  const startOf = (run: SpecifiedRun): number | null => starts.value.get(run.id) ?? null;
  /** Seconds until everything is done; null while that of any run is unknown. */
  const secondsLeft = computed(() => (running.value.length + moving.value.length === 0 ? null : times.value.end));
  const remaining = computed(() => (secondsLeft.value === null ? '' : formatAbout(secondsLeft.value)));

  return { running, paused, queued, share, secondsLeft, remaining, stepOf, takenOf, takes, startOf };
});
