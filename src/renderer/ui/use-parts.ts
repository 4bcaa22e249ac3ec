import { onScopeDispose, ref, watch } from 'vue';
import type { Ref } from 'vue';

/**
 * How many parts of a long screen stand there: one at first, one more a frame up to `total`. A screen that is made all at
 * once keeps the window from answering meanwhile.
 */
export function useParts(total: () => number): Readonly<Ref<number>> {
  const parts = ref(1);
  let frame: number | null = null;

  function more(): void {
    if (frame !== null || parts.value >= total()) return;
    frame = requestAnimationFrame(() => {
      frame = null;
      parts.value += 1;
      more();
    });
  }

  watch(total, more, { immediate: true });
  onScopeDispose(() => {
    if (frame !== null) cancelAnimationFrame(frame);
  });
  return parts;
}
