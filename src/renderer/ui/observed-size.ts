import type { Rect } from '@tanstack/vue-virtual';
import { useResizeObserver } from '@vueuse/core';
import type { MaybeComputedElementRef } from '@vueuse/core';
import { ref } from 'vue';
import type { Ref } from 'vue';

// To ask an element for its size while a screen is being made has the browser lay out all that stands there already, at
// once. An observer tells it after the next layout, before anything is painted.

/** Width of an element in CSS pixels, without its padding; 0 until it is first laid out. */
export function useObservedWidth(element: MaybeComputedElementRef): Readonly<Ref<number>> {
  const width = ref(0);
  useResizeObserver(element, ([entry]) => {
    width.value = entry?.contentRect.width ?? 0;
  });
  return width;
}

/** For a virtualizer: the size of the element that scrolls, from its first layout on. */
export function observeScroller(
  { scrollElement }: { readonly scrollElement: Element | null },
  tell: (size: Rect) => void,
): () => void {
  const observer = new ResizeObserver(([entry]) => {
    const [size] = entry?.borderBoxSize ?? [];
    if (size !== undefined) tell({ width: Math.round(size.inlineSize), height: Math.round(size.blockSize) });
  });
  if (scrollElement !== null) observer.observe(scrollElement);
  return () => observer.disconnect();
}
