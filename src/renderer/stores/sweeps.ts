import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { ErrorShape } from '../../contracts/errors.ts';
import { toErrorShape } from '../../contracts/errors.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { SweepDefinition, SweepRecord } from '../../contracts/sweeps.ts';
import { plural } from '../format/words.ts';
import { useBridge } from './bridge.ts';
import { useRuns } from './runs.ts';
import { useToasts } from './toasts.ts';

/** The sweeps of the library, newest first, and what can be done with them. */
export const useSweeps = defineStore('sweeps', () => {
  const bridge = useBridge();
  const toasts = useToasts();
  const runs = useRuns();
  const loaded = ref(false);
  const records = shallowRef<readonly SweepRecord[]>([]);
  /** Files of sweeps that cannot be read. */
  const damaged = shallowRef<readonly ErrorShape[]>([]);
  const loadError = shallowRef<ErrorShape | null>(null);

  function put(sweep: SweepRecord): void {
    records.value = [sweep, ...records.value.filter(({ id }) => id !== sweep.id)].sort((one, other) =>
      one.createdAt < other.createdAt ? 1 : -1,
    );
  }

  async function load(): Promise<void> {
    try {
      const listed = await bridge.call('sweeps.list', null);
      records.value = listed.sweeps;
      damaged.value = listed.damaged;
      loaded.value = true;
      loadError.value = null;
    } catch (thrown) {
      loadError.value = toErrorShape(thrown);
    }
  }

  bridge.subscribe('sweep.changed', put);
  bridge.subscribe('sweep.removed', ({ sweep }) => {
    records.value = records.value.filter(({ id }) => id !== sweep);
  });
  bridge.onConnection((state) => {
    // What has been looked at once is kept up to date.
    if (state === 'connected' && loaded.value) void load();
  });

  /** Queues a sweep. Rejects with what the host said: the form shows it at its place. */
  async function create(definition: SweepDefinition, again: boolean): Promise<SweepRecord> {
    const { sweep, created } = await bridge.call('sweeps.create', { definition, again });
    put(sweep);
    tell(created, () => bridge.call('sweeps.remove', { sweep: sweep.id }));
    return sweep;
  }

  /** Rejects with what the host said. */
  async function addSeeds(sweep: string, seeds: readonly number[]): Promise<void> {
    const started = await bridge.call('sweeps.add-seeds', { sweep, seeds: [...seeds] });
    put(started.sweep);
    tell(started.created);
  }

  function tell(created: readonly RunRecord[], andThen: () => Promise<unknown> = () => Promise.resolve()): void {
    toasts.show({
      text: `Queued ${plural(created.length, 'run')}`,
      undo: async () => {
        await runs.takeBack(created.map(({ id }) => id));
        await andThen();
      },
    });
  }

  return { loaded, records, damaged, loadError, load, create, addSeeds };
});
