import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { DatasetDescription, HostInformation, Preset } from '../../contracts/api.ts';
import { toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import { useBridge } from './bridge.ts';

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

  return { presets, datasets, host, loadError, load };
});
