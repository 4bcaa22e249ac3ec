import { defineStore } from 'pinia';
import { ref, shallowReactive, shallowRef } from 'vue';
import { toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { RunProgress, RunRecord } from '../../contracts/run-record.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import { plural } from '../format/words.ts';
import { useBridge } from './bridge.ts';
import { useToasts } from './toasts.ts';

export interface NewRuns {
  readonly spec: RunSpec;
  readonly seeds: readonly number[];
  readonly name?: string;
}

/** Every run of the library, kept up to date by the host's events, and what can be done to one. */
export const useRuns = defineStore('runs', () => {
  const bridge = useBridge();
  const toasts = useToasts();
  const loaded = ref(false);
  const loadError = shallowRef<ErrorShape | null>(null);
  const records = shallowRef<readonly RunRecord[]>([]);
  const progress = shallowReactive(new Map<string, RunProgress>());
  /** The records by id, replaced together with their list. */
  const index = shallowRef<ReadonlyMap<string, RunRecord>>(new Map());
  /** What events said while the list was on its way; null marks a removed run. Newer than the list. */
  let changes: Map<string, RunRecord | null> | null = null;

  function publish(next: ReadonlyMap<string, RunRecord>): void {
    index.value = next;
    records.value = [...next.values()].sort(newestFirst);
  }

  function put(changed: readonly RunRecord[]): void {
    const next = new Map(index.value);
    for (const record of changed) {
      next.set(record.id, record);
      changes?.set(record.id, record);
      if (record.status !== 'running' && record.status !== 'paused') progress.delete(record.id);
    }
    publish(next);
  }

  function drop(id: string): void {
    const next = new Map(index.value);
    next.delete(id);
    changes?.set(id, null);
    progress.delete(id);
    publish(next);
  }

  async function load(): Promise<void> {
    const newer = new Map<string, RunRecord | null>();
    changes = newer;
    try {
      const listed = await bridge.call('runs.list', null);
      if (changes !== newer) return;
      const next = new Map(listed.map((record) => [record.id, record]));
      for (const [id, record] of newer) {
        if (record === null) next.delete(id);
        else next.set(id, record);
      }
      loaded.value = true;
      loadError.value = null;
      publish(next);
    } catch (thrown) {
      if (changes === newer) loadError.value = toErrorShape(thrown);
    } finally {
      if (changes === newer) changes = null;
    }
  }

  bridge.subscribe('run.changed', (record) => put([record]));
  bridge.subscribe('run.removed', ({ run }) => drop(run));
  bridge.subscribe('run.progress', (now) => progress.set(now.run, now));
  // Also after a lost connection came back: events of the meantime are gone.
  bridge.onConnection((state) => {
    if (state === 'connected') void load();
  });

  /** Does something at the host; a failure is told at the edge of the window. */
  async function attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (thrown) {
      toasts.showError(thrown);
    }
  }

  const byId = (id: string): RunRecord | undefined => index.value.get(id);
  const pause = (id: string): Promise<void> => attempt(() => bridge.call('runs.pause', { run: id }));
  const resume = (id: string): Promise<void> => attempt(() => bridge.call('runs.resume', { run: id }));
  const retry = (id: string): Promise<void> => attempt(() => bridge.call('runs.retry', { run: id }));
  const stop = (id: string): Promise<void> => attempt(() => bridge.call('runs.stop', { run: id }));
  const rename = (id: string, name: string): Promise<void> =>
    attempt(async () => {
      put([await bridge.call('runs.rename', { run: id, name })]);
    });

  async function restore(id: string): Promise<void> {
    put([await bridge.call('runs.restore', { run: id })]);
  }

  /** Moves runs to the trash; the toast that tells of it brings them back. */
  async function removeAll(ids: readonly string[]): Promise<void> {
    const [first] = ids;
    const named = first === undefined ? '' : (byId(first)?.name ?? '');
    const removed: string[] = [];
    await attempt(async () => {
      for (const id of ids) {
        await bridge.call('runs.remove', { run: id });
        drop(id);
        removed.push(id);
      }
    });
    if (removed.length === 0) return;
    toasts.show({
      text: `Removed ${removed.length === 1 ? named : plural(removed.length, 'run')}`,
      undo: async () => {
        for (const id of removed) await restore(id);
      },
    });
  }

  /** Queues one run a seed. Rejects with what the host said: the form shows it at its place. */
  async function create({ spec, seeds, name }: NewRuns): Promise<readonly RunRecord[]> {
    const created = await bridge.call('runs.create', {
      spec,
      seeds: [...seeds],
      ...(name === undefined ? {} : { name }),
    });
    put(created);
    return created;
  }

  /**
   * Takes back runs that were just queued. What waits goes first, the last one before the others: otherwise every run
   * that stops would let the next one begin.
   */
  async function takeBack(ids: readonly string[]): Promise<void> {
    for (const id of ids.toReversed()) if (byId(id)?.status === 'queued') await withdraw(id);
    await Promise.all(ids.filter((id) => byId(id) !== undefined).map(withdraw));
  }

  async function withdraw(id: string): Promise<void> {
    // A run that has ended by itself meanwhile cannot be stopped; if anything else is wrong, removing says so.
    await bridge.call('runs.stop', { run: id }).catch(() => null);
    await bridge.call('runs.remove', { run: id });
  }

  async function startQuickstart(): Promise<readonly RunRecord[]> {
    const created = await bridge.call('quickstart.start', null);
    put(created);
    return created;
  }

  return {
    loaded,
    loadError,
    records,
    progress,
    load,
    byId,
    pause,
    resume,
    stop,
    retry,
    rename,
    removeAll,
    create,
    takeBack,
    startQuickstart,
  };
});

function newestFirst(left: RunRecord, right: RunRecord): number {
  // Moments in ISO form are in the order of their characters; a collator would take ten times as long.
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt ? 1 : -1;
  return left.id < right.id ? 1 : -1;
}
