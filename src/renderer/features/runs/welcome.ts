import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { hasSpec } from '../../../contracts/run-record.ts';
import { useRuns } from '../../stores/runs.ts';
import { useToasts } from '../../stores/toasts.ts';

/** The quickstart as it was started from the welcome page: its curves grow there until the reader leaves. */
export const useWelcome = defineStore('welcome', () => {
  const runs = useRuns();
  const toasts = useToasts();
  const started = shallowRef<readonly string[]>([]);
  const isStarting = ref(false);

  const records = computed(() =>
    started.value
      .map((id) => runs.byId(id))
      .filter((record) => record !== undefined)
      .filter(hasSpec),
  );
  const isGrowing = computed(() => records.value.length > 0);

  async function start(): Promise<void> {
    if (isStarting.value || isGrowing.value) return;
    isStarting.value = true;
    try {
      started.value = (await runs.startQuickstart()).map(({ id }) => id);
    } catch (thrown) {
      toasts.showError(thrown);
    } finally {
      isStarting.value = false;
    }
  }

  return {
    records,
    isStarting,
    isGrowing,
    start,
    leave: () => {
      started.value = [];
    },
  };
});
