import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { MetricBatch } from '../../contracts/run-record.ts';
import type { Curve } from '../../statistics/curves.ts';
import { useBridge } from './bridge.ts';
import { onNextFrame } from './frame.ts';
import { MetricColumns } from './metric-columns.ts';

/** Points read of a series: more than any chart has columns of pixels, extremes kept by the host. */
const pointsPerSeries = 4000;
/** Runs of one call: an answer that takes no longer to parse than the window may be busy at a time. */
const runsPerRead = 8;

/** The recorded curves that some screen asked for, read once and then followed while runs train. */
export const useCurves = defineStore('curves', () => {
  const bridge = useBridge();
  const columns = new MetricColumns();
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
  let willDraw = false;

  function grew(): void {
    if (willDraw) return;
    willDraw = true;
    onNextFrame(() => {
      willDraw = false;
      version.value += 1;
    });
  }

  function append(batch: MetricBatch): void {
    const wanted = followed.get(batch.run);
    if (wanted === undefined) return;
    const series = Object.fromEntries(Object.entries(batch.series).filter(([name]) => wanted.has(name)));
    columns.append({ run: batch.run, series });
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
      grew();
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
    note([run], null);
    grew();
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
    for (const [run, names] of again) request([run], [...names]);
  });

  return {
    request,
    curve: (run: string, series: string): Curve | undefined => columns.curve(run, series),
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
