import { defineStore } from 'pinia';
import { ref } from 'vue';
import { MovingAverage } from '../../../statistics/curves.ts';
import type { Curve } from '../../../statistics/curves.ts';
import { useBridge } from '../../stores/bridge.ts';
import { useCurves } from '../../stores/curves.ts';

export interface Smoothing {
  readonly weight: number;
  readonly logarithmic: boolean;
}

/** A curve as it was asked for: its steps are copied, since the recorded columns grow in place. */
interface Asked extends Smoothing {
  readonly steps: Float64Array;
}

interface Answered extends Asked {
  /** Null where the host could not tell. */
  readonly values: Float64Array | null;
  /** What was made of it for a curve that has grown since; the same object until it grows again. */
  grown: { readonly curve: Curve; readonly values: Float64Array } | null;
}

/** More steps than a call takes are a live curve of which few points are left out. */
const mostSteps = 100_000;

/**
 * Moving averages of long series, of which a window has a selection of the points: the host computes them over all
 * points, so that a smoothed curve is the same at every zoom. What a run records while it is watched continues them here.
 */
export const useWholeAverages = defineStore('whole-averages', () => {
  const bridge = useBridge();
  const curves = useCurves();
  const answers = new Map<string, Answered>();
  const version = ref(0);
  /** Asked for and not computed yet: of each series only what was asked for last. */
  const wanted = new Map<string, Asked & { readonly run: string; readonly series: string }>();
  let computing = false;

  async function computeWanted(): Promise<void> {
    if (computing) return;
    computing = true;
    for (let [next] = wanted; next !== undefined; [next] = wanted) {
      const [key, { run, series, ...asked }] = next;
      const { steps, ...smoothing } = asked;
      const values = await bridge
        .call('metrics.smooth', { run, series, steps: [...steps], ...smoothing })
        .then((found) => Float64Array.from(found, (value) => value ?? Number.NaN))
        // Why a run cannot be read is told where its curve is.
        .catch(() => null);
      answers.set(key, { ...asked, values, grown: null });
      const latest = wanted.get(key);
      if (latest !== undefined && answersTo(latest, asked)) wanted.delete(key);
      version.value += 1;
    }
    computing = false;
  }

  /**
   * Of a series of which points are left out the average over all of them, one value a point of `curve`; undefined for
   * other series, and until the host has told. Asks the host where it was not asked yet.
   */
  function average(run: string, series: string, curve: Curve, smoothing: Smoothing): Float64Array | undefined {
    if (version.value < 0 || !curves.isThinned(run, series) || curve.x.length > mostSteps) return undefined;
    const key = `${run} ${series}`;
    const asked = { ...smoothing, steps: curve.x };
    const answered = answers.get(key);
    if (answered !== undefined && answersTo(asked, answered)) {
      wanted.delete(key);
      return continued(answered, curve);
    }
    const waiting = wanted.get(key);
    if (waiting === undefined || !answersTo(asked, waiting)) {
      wanted.set(key, { ...asked, steps: curve.x.slice(), run, series });
      queueMicrotask(() => void computeWanted());
    }
    return undefined;
  }

  bridge.subscribe('run.removed', ({ run }) => {
    for (const key of answers.keys()) if (key.startsWith(`${run} `)) answers.delete(key);
  });
  // What could not be told without a connection can be asked again.
  bridge.onConnection((state) => {
    if (state === 'connected') answers.clear();
  });

  return { average, version };
});

/** Whether an answer to `before` holds for what is asked now: the same average of the same steps, or of more at the end. */
function answersTo(now: Asked, before: Asked): boolean {
  return (
    now.weight === before.weight &&
    now.logarithmic === before.logarithmic &&
    now.steps.length >= before.steps.length &&
    before.steps.every((step, index) => step === now.steps[index])
  );
}

/** The average goes on with the points that came since, of which none is left out. */
function continued(answered: Answered, curve: Curve): Float64Array | undefined {
  const { values: told, weight, logarithmic } = answered;
  if (told === null) return undefined;
  if (told.length === curve.x.length) return told;
  if (answered.grown?.curve === curve) return answered.grown.values;
  const values = new Float64Array(curve.x.length);
  values.set(told);
  const average = new MovingAverage(weight, logarithmic, told.findLast(Number.isFinite));
  for (let index = told.length; index < values.length; index += 1) {
    values[index] = average.next(curve.y[index] ?? Number.NaN);
  }
  answered.grown = { curve, values };
  return values;
}
