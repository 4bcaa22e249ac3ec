import { useMediaQuery } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, reactive } from 'vue';
import { useRoute } from 'vue-router';
import { useSession } from '../stores/session.ts';

/**
 * How wide the navigation is: on Runs as the settings remember it, on the working screens a rail, unless the reader
 * widened it there while the window was open.
 */
export const useSideBar = defineStore('side-bar', () => {
  const session = useSession();
  const route = useRoute();
  const widened = reactive(new Set<typeof route.name>());
  /** At 200 % zoom there is no room for words. */
  const isNarrow = useMediaQuery('(max-width: 820px)');

  const isWide = computed(() => {
    if (isNarrow.value) return false;
    return route.name === 'runs' ? session.settings.sidebar === 'wide' : widened.has(route.name);
  });

  function toggle(): void {
    if (route.name === 'runs') void session.setSidebar(isWide.value ? 'rail' : 'wide');
    else if (!widened.delete(route.name)) widened.add(route.name);
  }

  return { isWide, isNarrow, toggle };
});
