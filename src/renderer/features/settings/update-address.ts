import { computed, reactive, ref, watch } from 'vue';
import { settingsChange } from '../../../contracts/settings.ts';
import { useSession } from '../../stores/session.ts';

/**
 * The address of updates as it is typed. It is kept when the reader leaves the field, because the application then asks
 * whether it is to be trusted.
 */
export function useUpdateAddress() {
  const session = useSession();
  const kept = computed(() => session.settings.updates ?? '');
  const typed = ref(kept.value);
  watch(kept, (address) => {
    typed.value = address;
  });
  const wanted = computed(() => (typed.value.trim() === '' ? null : typed.value.trim()));
  const error = computed(() =>
    settingsChange.safeParse({ updates: wanted.value }).success
      ? undefined
      : 'Expected an https address or the whole path of a folder.',
  );

  async function keep(): Promise<void> {
    if (error.value !== undefined || wanted.value === session.settings.updates) return;
    await session.change({ updates: wanted.value });
    typed.value = kept.value;
  }

  return reactive({ typed, error, keep });
}
