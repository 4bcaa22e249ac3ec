import { defineStore } from 'pinia';
import { computed } from 'vue';
import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord, RunStatus, SpecifiedRun } from '../../contracts/run-record.ts';
import { formatAbout } from '../format/times.ts';
import { useCatalogue } from './catalogue.ts';
import { expectedSeconds, measuredPace, schedule } from './expected-time.ts';
import { useRuns } from './runs.ts';

/** What trains and what waits, and how long all of it may take. */
export const useWorkload = defineStore('workload', () => {
  const runs = useRuns();
  const catalogue = useCatalogue();
  const withStatus = (status: RunStatus): readonly SpecifiedRun[] =>
    runs.records
      .filter(hasSpec)
      .filter((record) => record.status === status)
      .toReversed();
  const running = computed(() => withStatus('running'));
  const paused = computed(() => withStatus('paused'));
  /** In the order in which it will be trained. */
  const queued = computed(() => withStatus('queued'));

  const stepOf = (run: RunRecord): number => runs.progress.get(run.id)?.step ?? run.step;

  /** Share of the steps of all running runs that is done. */
  const share = computed(() => {
    const steps = running.value.reduce((sum, { spec }) => sum + spec.steps, 0);
    return steps === 0 ? 0 : running.value.reduce((sum, run) => sum + stepOf(run), 0) / steps;
  });

  const pace = computed(() => measuredPace(runs.records));
  /** Seconds that a waiting run will take; null until a replicate of it is done. */
  const takes = (run: SpecifiedRun): number | null => expectedSeconds(pace.value, run);

  const times = computed(() =>
    schedule(
      running.value.map((run) => runs.progress.get(run.id)?.remainingSeconds ?? null),
      queued.value.map(takes),
      catalogue.host?.concurrency ?? 1,
    ),
  );
  /** Seconds until everything is done; null while that of any run is unknown. */
  const secondsLeft = computed(() => (running.value.length + queued.value.length === 0 ? null : times.value.end));
  const remaining = computed(() => (secondsLeft.value === null ? '' : formatAbout(secondsLeft.value)));

  return { running, paused, queued, share, times, secondsLeft, remaining, stepOf, takes };
});
