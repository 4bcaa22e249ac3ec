import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { RunRecord } from '../../contracts/run-record.ts';

/** The run that is being given another name, in the frame's one dialog for it. */
export const useRenaming = defineStore('renaming', () => {
  const record = shallowRef<RunRecord | null>(null);
  return {
    record,
    begin: (wanted: RunRecord) => {
      record.value = wanted;
    },
    end: () => {
      record.value = null;
    },
  };
});
