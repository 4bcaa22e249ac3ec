import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { MetricBatch } from '../../contracts/run-record.ts';
import type { Curve } from '../../statistics/curves.ts';
import { useBridge } from './bridge.ts';
import { CurveDetails } from './curve-details.ts';
import type { Stretch } from './curve-details.ts';
import { MetricColumns } from './metric-columns.ts';
import { paced } from './pace.ts';

/** Points read of a series: more than any chart has columns of pixels, extremes kept by the host. */
const pointsPerSeries = 4000;
/** Runs of one call: an answer that takes no longer to parse than the window may be busy at a time. */
const runsPerRead = 8;
/**
 * Milliseconds between two drawings of growing curves: a reader sees them move, and what several events of several runs
 * bring is drawn once.
 */
const growthPause = 125;

/** Steps of one run that a reader looks at. */
export interface RunStretch extends Stretch {
  readonly run: string;
}

interface Zoom {
  readonly stretches: readonly RunStretch[];
  readonly series: readonly string[];
}

/** A quarter more on both sides, so that a small move needs no reading. */
function widened({ from, to }: Stretch): Stretch {
  const margin = (to - from) / 4;
  return { from: Math.max(0, Math.floor(from - margin)), to: Math.ceil(to + margin) };
}

/** Beyond its last point a curve has nothing finer. */
function within({ from, to }: Stretch, curve: Curve | undefined): Stretch {
  return { from: Math.max(from, curve?.x[0] ?? 0), to: Math.min(to, curve?.x.at(-1) ?? to) };
}

/** The recorded curves that some screen asked for, read once and then followed while runs train. */
export const useCurves = defineStore('curves', () => {
  const bridge = useBridge();
  const columns = new MetricColumns();
  const details = new CurveDetails();
  /** What the reader has zoomed into. */
  let zoomed: Zoom = { stretches: [], series: [] };
  const version = ref(0);
  const reads = ref(0);
  /** Runs whose curves could not be read, and why. */
  const unread = shallowRef<ReadonlyMap<string, ErrorShape>>(new Map());
  /** Series of each run that are read and followed. */
  const followed = new Map<string, Set<string>>();
  /** Asked for and not read yet. */
  let missing = new Map<string, Set<string>>();
  /** Events of runs that are being read right now: they are newer than the read. */
  const held = new Map<string, MetricBatch[]>();

  function changed(): void {
    version.value += 1;
  }
  const grew = paced(growthPause, changed);

  function append(batch: MetricBatch): void {
    const wanted = followed.get(batch.run);
    if (wanted === undefined) return;
    const series = Object.entries(batch.series).filter(([name]) => wanted.has(name));
    if (series.length === 0) return;
    columns.append({ run: batch.run, series: Object.fromEntries(series) });
    for (const [name, { steps }] of series) details.outdate(batch.run, name, steps[0]);
    grew();
  }

  function request(runs: readonly string[], series: readonly string[]): void {
    const first = missing.size === 0;
    for (const run of runs) {
      const absent = series.filter((name) => followed.get(run)?.has(name) !== true);
      if (absent.length > 0) addAll(missing, run, absent);
    }
    // Everything that one turn of the screens asks for is read together.
    if (first && missing.size > 0) queueMicrotask(() => void readMissing());
  }

  async function readMissing(): Promise<void> {
    const wanted = [...missing];
    missing = new Map();
    const series = [...new Set(wanted.flatMap(([, names]) => [...names]))];
    for (const [run] of wanted) addAll(followed, run, series);
    const runs = wanted.map(([run]) => run);
    for (let start = 0; start < runs.length; start += runsPerRead) {
      await read(runs.slice(start, start + runsPerRead), series);
    }
    await refine();
  }

  /** Reads finer points of long series where the reader looks closer; an empty list looks at the whole again. */
  function zoom(stretches: readonly RunStretch[], series: readonly string[]): void {
    zoomed = { stretches, series };
    if (stretches.length === 0 && details.clear()) changed();
    void refine();
  }

  async function refine(): Promise<void> {
    const mine = zoomed;
    for (const { run, ...wanted } of mine.stretches) {
      const coarse = mine.series.filter(
        (name) => columns.isThinned(run, name) && !details.covers(run, name, within(wanted, columns.curve(run, name))),
      );
      if (coarse.length === 0) continue;
      const { from, to } = widened(wanted);
      try {
        const [batch] = await bridge.call('metrics.read', {
          ...{ runs: [run], series: coarse, from, to, points: pointsPerSeries },
        });
        // The reader has moved on; what they look at now is read by a later call.
        if (mine !== zoomed) return;
        for (const [name, points] of Object.entries(batch?.series ?? {})) {
          details.put(run, name, within({ from, to }, columns.curve(run, name)), points);
        }
      } catch (thrown) {
        note([run], toErrorShape(thrown));
      }
      changed();
    }
  }

  async function read(runs: readonly string[], series: readonly string[]): Promise<void> {
    reads.value += 1;
    for (const run of runs) if (!held.has(run)) held.set(run, []);
    try {
      const batches = await bridge.call('metrics.read', {
        runs: [...runs],
        series: [...series],
        points: pointsPerSeries,
      });
      for (const batch of batches) {
        if (batch.problem === undefined) append(batch);
        else refuse([batch.run], series, batch.problem);
      }
      note(
        batches.flatMap(({ run, problem }) => (problem === undefined ? [run] : [])),
        null,
      );
    } catch (thrown) {
      refuse(runs, series, toErrorShape(thrown));
    } finally {
      for (const run of runs) release(run);
      reads.value -= 1;
      changed();
    }
  }

  /** The next request asks for them again. */
  function refuse(runs: readonly string[], series: readonly string[], reason: ErrorShape): void {
    for (const run of runs) for (const name of series) followed.get(run)?.delete(name);
    note(runs, reason);
  }

  function note(runs: readonly string[], reason: ErrorShape | null): void {
    if (reason === null && !runs.some((run) => unread.value.has(run))) return;
    const next = new Map(unread.value);
    for (const run of runs) {
      if (reason === null) next.delete(run);
      else next.set(run, reason);
    }
    unread.value = next;
  }

  function release(run: string): void {
    const batches = held.get(run) ?? [];
    held.delete(run);
    for (const batch of batches) append(batch);
  }

  function forget(run: string): void {
    followed.delete(run);
    missing.delete(run);
    columns.forget(run);
    details.forget(run);
    note([run], null);
    changed();
  }

  bridge.subscribe('run.metrics', (batch) => {
    const waiting = held.get(batch.run);
    if (waiting === undefined) append(batch);
    else waiting.push(batch);
  });
  bridge.subscribe('run.removed', ({ run }) => forget(run));
  bridge.onConnection((state) => {
    if (state !== 'connected') return;
    // Points of the time without a connection were never sent: everything on screen is read again.
    const again = [...followed];
    followed.clear();
    details.clear();
    for (const [run, names] of again) request([run], [...names]);
  });

  return {
    request,
    zoom,
    /** The recorded points that were read: of a long series a selection, with finer points where the reader has zoomed. */
    curve: (run: string, series: string): Curve | undefined => {
      const whole = columns.curve(run, series);
      return whole === undefined ? undefined : details.refined(run, series, whole);
    },
    /** Whether points are left out anywhere. */
    isThinned: (run: string, series: string): boolean => columns.isThinned(run, series),
    version,
    pending: computed(() => reads.value > 0),
    unread,
    /** Why the first of them could not be read; null where all could. */
    error: computed(() => unread.value.values().next().value ?? null),
  };
});

function addAll(map: Map<string, Set<string>>, run: string, names: readonly string[]): void {
  const known = map.get(run) ?? new Set<string>();
  for (const name of names) known.add(name);
  map.set(run, known);
}
