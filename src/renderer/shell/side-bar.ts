import { defineStore } from 'pinia';
import { reactive } from 'vue';
import type { RouteMeta } from 'vue-router';
import { useSession } from '../stores/session.ts';

type Section = RouteMeta['section'];

/**
 * How wide the navigation is: on Runs as the settings remember it, on the working screens a rail, unless the reader
 * widened it there while the window was open.
 */
export const useSideBar = defineStore('side-bar', () => {
  const session = useSession();
  const widened = reactive(new Set<Section>());

  const isWide = (section: Section): boolean =>
    section === 'runs' ? session.settings.sidebar === 'wide' : widened.has(section);

  function toggle(section: Section): void {
    if (section === 'runs') void session.setSidebar(isWide(section) ? 'rail' : 'wide');
    else if (!widened.delete(section)) widened.add(section);
  }

  return { isWide, toggle };
});
