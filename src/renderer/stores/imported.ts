import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { TraceSummary, WeightsSummary } from '../../contracts/imports.ts';
import { useBridge } from './bridge.ts';
import { useToasts } from './toasts.ts';

/** The imported traces and weights of the library, read again as they come and go; null until they are read. */
export const useImported = defineStore('imported', () => {
  const bridge = useBridge();
  const toasts = useToasts();
  const traces = shallowRef<readonly TraceSummary[] | null>(null);
  const weights = shallowRef<readonly WeightsSummary[] | null>(null);
  const error = shallowRef<ErrorShape | null>(null);

  async function read(): Promise<void> {
    try {
      [traces.value, weights.value] = await Promise.all([
        bridge.call('traces.list', null),
        bridge.call('weights.list', null),
      ]);
      error.value = null;
    } catch (thrown) {
      error.value = toErrorShape(thrown);
    }
  }

  async function removeTrace({ id, name }: TraceSummary): Promise<void> {
    try {
      await bridge.call('traces.remove', { trace: id });
      const undo = (): Promise<void> => bridge.call('traces.restore', { trace: id }).then(() => undefined);
      toasts.show({ text: `${name} is in the trash`, undo });
    } catch (thrown) {
      toasts.showError(thrown);
    }
  }

  async function removeWeights({ id, name }: WeightsSummary): Promise<void> {
    try {
      await bridge.call('weights.remove', { weights: id });
      const undo = (): Promise<void> => bridge.call('weights.restore', { weights: id }).then(() => undefined);
      toasts.show({ text: `${name} is in the trash`, undo });
    } catch (thrown) {
      toasts.showError(thrown);
    }
  }

  bridge.subscribe('imports.changed', () => void read());
  bridge.onConnection((state) => {
    if (state === 'connected') void read();
  });
  return { traces, weights, error, removeTrace, removeWeights };
});
