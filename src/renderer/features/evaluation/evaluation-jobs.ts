import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { cancelledBy } from '../../../contracts/calls.ts';
import { toErrorShape } from '../../../contracts/errors.ts';
import type { ErrorShape } from '../../../contracts/errors.ts';
import type { EvaluationFigures, EvaluationRequest } from '../../../contracts/evaluations.ts';
import { useBridge } from '../../stores/bridge.ts';
import { newJobName } from '../../stores/job-name.ts';
import { secondsLeft } from '../../stores/time-left.ts';

/** An evaluation on its way. */
export interface EvaluationJob {
  readonly request: EvaluationRequest;
  /** Share of the images that are evaluated; 0 while data and net are read. */
  readonly fraction: number;
  /** By the pace so far; null while there is none. */
  readonly secondsLeft: number | null;
  readonly cancel: () => void;
}

/** What is evaluated: a run or imported weights. Their ids never meet. */
const subjectOf = ({ of }: EvaluationRequest): string => (of.kind === 'checkpoint' ? of.run : of.weights);

/** Evaluations that this window has asked for, one at a time for each run and weights. They go on when their page is left. */
export const useEvaluationJobs = defineStore('evaluation-jobs', () => {
  const bridge = useBridge();
  const jobs = shallowRef<ReadonlyMap<string, EvaluationJob>>(new Map());
  const failures = shallowRef<ReadonlyMap<string, ErrorShape>>(new Map());

  function put<T>(map: ReadonlyMap<string, T>, subject: string, value: T | null): ReadonlyMap<string, T> {
    const others = [...map].filter(([key]) => key !== subject);
    return new Map(value === null ? others : [...others, [subject, value]]);
  }

  /** The figures; null where it was given up or failed, which `failures` then tells. */
  async function start(request: EvaluationRequest): Promise<EvaluationFigures | null> {
    const subject = subjectOf(request);
    const job = newJobName('evaluation');
    const leaving = new AbortController();
    const state = { request, fraction: 0, secondsLeft: null, cancel: () => leaving.abort() };
    failures.value = put(failures.value, subject, null);
    jobs.value = put(jobs.value, subject, state);
    // Reading the data takes a while: the pace counts from the first images.
    let first: { readonly at: number; readonly fraction: number } | null = null;
    const unsubscribe = bridge.subscribe('evaluation.progress', ({ job: of, fraction }) => {
      if (of !== job) return;
      first ??= { at: performance.now(), fraction };
      const share = (fraction - first.fraction) / (1 - first.fraction);
      const left = secondsLeft(share, (performance.now() - first.at) / 1000);
      jobs.value = put(jobs.value, subject, { ...state, fraction, secondsLeft: left });
    });
    try {
      return await bridge.call('evaluations.run', { ...request, job }, cancelledBy(leaving.signal));
    } catch (thrown) {
      if (!leaving.signal.aborted) failures.value = put(failures.value, subject, toErrorShape(thrown));
      return null;
    } finally {
      unsubscribe();
      jobs.value = put(jobs.value, subject, null);
    }
  }

  const dismiss = (subject: string): void => {
    failures.value = put(failures.value, subject, null);
  };
  return { jobs, failures, start, dismiss };
});
