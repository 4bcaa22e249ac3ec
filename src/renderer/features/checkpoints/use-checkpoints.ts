import { onScopeDispose, shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import type { CheckpointList } from '../../../contracts/checkpoints.ts';
import { toErrorShape } from '../../../contracts/errors.ts';
import type { ErrorShape } from '../../../contracts/errors.ts';
import { useBridge } from '../../stores/bridge.ts';

export interface Checkpoints {
  /** Null until they are read. */
  readonly list: ShallowRef<CheckpointList | null>;
  readonly error: ShallowRef<ErrorShape | null>;
}

/** The checkpoints of a run, read again whenever the host tells of new ones. `run` null: of none. */
export function useCheckpoints(run: () => string | null): Checkpoints {
  const bridge = useBridge();
  const list = shallowRef<CheckpointList | null>(null);
  const error = shallowRef<ErrorShape | null>(null);

  async function read(): Promise<void> {
    const id = run();
    if (id === null) return;
    try {
      const found = await bridge.call('checkpoints.list', { run: id });
      if (id === run()) [list.value, error.value] = [found, null];
    } catch (thrown) {
      if (id === run()) error.value = toErrorShape(thrown);
    }
  }

  watch(
    run,
    () => {
      [list.value, error.value] = [null, null];
      void read();
    },
    { immediate: true },
  );
  onScopeDispose(
    bridge.subscribe('checkpoints.changed', (changed) => {
      if (changed.run === run()) void read();
    }),
  );
  onScopeDispose(
    bridge.onConnection((state) => {
      if (state === 'connected') void read();
    }),
  );
  return { list, error };
}
