import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { QueueEntry, QueueMove, QueuePriority, QueueView } from '../../contracts/queue.ts';
import { plural } from '../format/words.ts';
import { useBridge } from './bridge.ts';
import { useRuns } from './runs.ts';
import { useToasts } from './toasts.ts';

/** The queue as the host keeps it, and what can be done to it. */
export const useQueue = defineStore('queue', () => {
  const bridge = useBridge();
  const toasts = useToasts();
  const records = useRuns();
  /** Null until the host has told it. */
  const view = shallowRef<QueueView | null>(null);
  const entries = computed<ReadonlyMap<string, QueueEntry & { readonly place: number }>>(
    () => new Map((view.value?.entries ?? []).map((entry, place) => [entry.run, { ...entry, place }])),
  );

  bridge.subscribe('queue.changed', (changed) => {
    view.value = changed;
  });
  bridge.onConnection((state) => {
    if (state === 'connected') void load();
  });

  /** Without an answer the queue stands in the order of creation until the host tells of a change. */
  async function load(): Promise<void> {
    view.value = await bridge.call('queue.read', null).catch(() => view.value);
  }

  /** Does something to the queue at the host; a failure is told at the edge of the window. */
  async function attempt(change: () => Promise<QueueView>): Promise<void> {
    try {
      view.value = await change();
    } catch (thrown) {
      toasts.showError(thrown);
    }
  }

  const move = (runs: readonly string[], to: QueueMove['to']): Promise<void> =>
    attempt(() => bridge.call('queue.move', { runs: [...runs], to }));
  const prioritise = (runs: readonly string[], priority: QueuePriority): Promise<void> =>
    attempt(() => bridge.call('queue.prioritise', { runs: [...runs], priority }));
  const pause = (): Promise<void> => attempt(() => bridge.call('queue.pause', null));
  const start = (): Promise<void> => attempt(() => bridge.call('queue.start', null));

  /** Takes runs out of the queue; the toast that tells of it puts them back where they were. */
  async function remove(runs: readonly string[]): Promise<void> {
    const before = view.value?.entries ?? [];
    const places = before.filter(({ run }) => runs.includes(run));
    const removed: string[] = [];
    try {
      for (const run of runs) {
        await bridge.call('runs.stop', { run });
        removed.push(run);
      }
    } catch (thrown) {
      toasts.showError(thrown);
    }
    if (removed.length === 0) return;
    const last = before.findLastIndex(({ run }) => removed.includes(run));
    const next = before[last + 1]?.run;
    toasts.show({
      text: `Took ${plural(removed.length, 'run')} out of the queue`,
      undo: () => putBack(removed, places[0]?.priority ?? 'normal', next),
    });
  }

  async function putBack(runs: string[], priority: QueuePriority, next: string | undefined): Promise<void> {
    for (const run of runs) {
      // One that had trained before goes on from where it was: trying it anew would set that aside.
      const hadStarted = (records.byId(run)?.startedAt ?? null) !== null;
      await bridge.call(hadStarted ? 'runs.resume' : 'runs.retry', { run });
    }
    const waiting = runs.filter((run) => entries.value.has(run));
    // Where the queue is on, some of them may have started by now.
    const still = waiting.length > 0 ? waiting : runs;
    await bridge.call('queue.prioritise', { runs: still, priority }).catch(() => null);
    if (next !== undefined) await bridge.call('queue.move', { runs: still, to: { before: next } }).catch(() => null);
  }

  return { view, entries, move, prioritise, pause, start, remove };
});
