import { elementScroll } from '@tanstack/vue-virtual';
import type { Rect, Virtualizer } from '@tanstack/vue-virtual';
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

type ScrollOptions = Parameters<typeof elementScroll>[1];
/** Elements that a virtualizer has had before. */
const known = new WeakSet<Element>();

/** What a virtualizer does to the element that scrolls, without a layout of its own while the screen is made. */
export const scrollerAccess = {
  /** The size, from the first layout on. */
  observeElementRect(
    { scrollElement }: { readonly scrollElement: Element | null },
    tell: (size: Rect) => void,
  ): () => void {
    const observer = new ResizeObserver(([entry]) => {
      const [size] = entry?.borderBoxSize ?? [];
      if (size !== undefined) tell({ width: Math.round(size.inlineSize), height: Math.round(size.blockSize) });
    });
    if (scrollElement !== null) observer.observe(scrollElement);
    return () => observer.disconnect();
  },
  /** Not to the beginning of an element that is new: it stands there. */
  scrollToFn<Scroller extends Element>(
    offset: number,
    options: ScrollOptions,
    virtualizer: Virtualizer<Scroller, Element>,
  ): void {
    const { scrollElement } = virtualizer;
    const isNew = scrollElement !== null && !known.has(scrollElement);
    if (isNew) known.add(scrollElement);
    if (!isNew || offset + (options.adjustments ?? 0) !== 0) elementScroll(offset, options, virtualizer);
  },
};
