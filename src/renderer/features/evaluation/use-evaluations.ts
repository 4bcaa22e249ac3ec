import { onScopeDispose, shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import { toErrorShape } from '../../../contracts/errors.ts';
import type { ErrorShape } from '../../../contracts/errors.ts';
import type { KeptEvaluation } from '../../../contracts/evaluations.ts';
import { useBridge } from '../../stores/bridge.ts';

export interface RunEvaluations {
  /** Newest first; null until they are read. */
  readonly list: ShallowRef<readonly KeptEvaluation[] | null>;
  readonly error: ShallowRef<ErrorShape | null>;
}

/** What is kept of a run's evaluations, read again whenever the host tells of another one. */
export function useEvaluations(run: () => string): RunEvaluations {
  const bridge = useBridge();
  const list = shallowRef<readonly KeptEvaluation[] | null>(null);
  const error = shallowRef<ErrorShape | null>(null);

  async function read(): Promise<void> {
    const id = run();
    try {
      const found = await bridge.call('evaluations.list', { run: id });
      if (id === run()) [list.value, error.value] = [found.toReversed(), null];
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
    bridge.subscribe('evaluations.changed', (changed) => {
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
