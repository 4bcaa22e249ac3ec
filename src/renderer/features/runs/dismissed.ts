import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

/** Interruptions that the reader has put aside, while the window is open. */
export const useDismissed = defineStore('dismissed', () => {
  const ids = shallowRef<ReadonlySet<string>>(new Set());
  return {
    ids,
    add: (id: string) => {
      ids.value = new Set([...ids.value, id]);
    },
  };
});
