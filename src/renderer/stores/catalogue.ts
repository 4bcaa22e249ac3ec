import { useIntervalFn } from '@vueuse/core';
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { DatasetDescription } from '../../contracts/datasets.ts';
import type { HostInformation } from '../../contracts/host-information.ts';
import type { Preset } from '../../contracts/planning.ts';
import { toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { DatasetSpec } from '../../contracts/run-spec.ts';
import { useBridge } from './bridge.ts';

/** Milliseconds between looks at the library's size and the free room of its disk. */
const hostEvery = 30_000;

/** What the host offers: presets, data sets, and what is known of the machine and the library. */
export const useCatalogue = defineStore('catalogue', () => {
  const bridge = useBridge();
  const presets = shallowRef<readonly Preset[]>([]);
  const datasets = shallowRef<readonly DatasetDescription[]>([]);
  const host = shallowRef<HostInformation | null>(null);
  const loadError = shallowRef<ErrorShape | null>(null);

  async function load(): Promise<void> {
    try {
      const [listedPresets, listedDatasets, information] = await Promise.all([
        bridge.call('presets.list', null),
        bridge.call('datasets.list', null),
        bridge.call('host.information', null),
      ]);
      presets.value = listedPresets;
      datasets.value = listedDatasets;
      host.value = information;
      loadError.value = null;
    } catch (thrown) {
      loadError.value = toErrorShape(thrown);
    }
  }

  async function readHost(): Promise<void> {
    // Without a connection the last figures stay; the strip says how old they are.
    host.value = await bridge.call('host.information', null).catch(() => host.value);
  }

  const watching = useIntervalFn(() => void readHost(), hostEvery, { immediate: false });
  bridge.onConnection((state) => {
    if (state === 'connected') {
      void load();
      watching.resume();
    } else watching.pause();
  });

  /** Name of a data set as screens write it; its id where the host does not know it. */
  const datasetLabel = (id: string): string => datasets.value.find((dataset) => dataset.id === id)?.label ?? id;

  /** What the validation images of a spec's data set are, as its split divides it. */
  const validationNote = ({ id, split = 'clean' }: DatasetSpec): string => {
    const dataset = datasets.value.find((known) => known.id === id);
    return dataset?.splits?.find((known) => known.split === split)?.note ?? dataset?.validationNote ?? '';
  };

  return { presets, datasets, host, loadError, load, datasetLabel, validationNote };
});
