import { defineStore } from 'pinia';
import { computed } from 'vue';
import type { RunRecord, RunStatus } from '../../contracts/run-record.ts';
import { formatAbout } from '../format/times.ts';
import { expectedSeconds, finishSeconds } from './expected-time.ts';
import { useCatalogue } from './catalogue.ts';
import { useRuns } from './runs.ts';

/** What trains and what waits, and how long all of it may take. */
export const useWorkload = defineStore('workload', () => {
  const runs = useRuns();
  const catalogue = useCatalogue();
  const withStatus = (status: RunStatus) =>
    computed<readonly RunRecord[]>(() => runs.records.filter((record) => record.status === status));
  const running = withStatus('running');
  const paused = withStatus('paused');
  const queued = withStatus('queued');

  /** Share of the steps of all running runs that is done. */
  const share = computed(() => {
    const steps = running.value.reduce((sum, { spec }) => sum + spec.steps, 0);
    const done = running.value.reduce((sum, run) => sum + (runs.progress.get(run.id)?.step ?? run.step), 0);
    return steps === 0 ? 0 : done / steps;
  });

  /** Seconds left of a running run, by its present speed; null until known. */
  const secondsLeft = (run: RunRecord): number | null => runs.progress.get(run.id)?.remainingSeconds ?? null;

  /** Seconds until everything is done; null while that of any run is unknown. */
  const totalSeconds = computed(() => {
    const left = running.value.map(secondsLeft);
    const waiting = queued.value.toReversed().map((run) => expectedSeconds(runs.records, run.spec, run.groupHash));
    return finishSeconds(left, waiting, catalogue.host?.concurrency ?? 1);
  });

  const remaining = computed(() => (totalSeconds.value === null ? '' : formatAbout(totalSeconds.value)));

  return { running, paused, queued, share, secondsLeft, totalSeconds, remaining };
});
