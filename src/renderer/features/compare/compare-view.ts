import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { groupKey, initialView } from './view-state.ts';
import type { ViewState } from './view-state.ts';

/** What the reader chose on the comparison screen. Kept while other screens are in front; the address follows it. */
export const useCompareView = defineStore('compare view', () => {
  const state = shallowRef<ViewState>(initialView);

  function change(part: Partial<ViewState>): void {
    state.value = { ...state.value, ...part };
  }

  function replace(view: ViewState): void {
    state.value = view;
  }

  const toggled = (list: readonly string[], item: string): readonly string[] =>
    list.includes(item) ? list.filter((other) => other !== item) : [...list, item];

  function toggleHidden(groupHash: string): void {
    const key = groupKey(groupHash);
    const { isolated } = state.value;
    // Under isolation, hiding takes a group out of it.
    if (isolated.length > 0) change({ isolated: toggled(isolated, key) });
    else change({ hidden: toggled(state.value.hidden, key) });
  }

  /** Shows only this group; again, or with `add`, it joins or leaves the ones that are shown. */
  function isolate(groupHash: string, add = false): void {
    const key = groupKey(groupHash);
    const { isolated } = state.value;
    if (add) change({ isolated: toggled(isolated, key) });
    else change({ isolated: isolated.length === 1 && isolated[0] === key ? [] : [key] });
  }

  return {
    state,
    change,
    replace,
    toggleHidden,
    isolate,
    isolateAll: (hashes: readonly string[]) => change({ isolated: hashes.map(groupKey) }),
    toggleExpanded: (groupHash: string) => change({ expanded: toggled(state.value.expanded, groupKey(groupHash)) }),
    toggleSeries: (name: string) => {
      const { series, maximised } = state.value;
      const next = toggled(series, name);
      if (next.length > 0) change({ series: next, maximised: maximised === name ? null : maximised });
    },
    toggleTable: (name: string) => change({ tables: toggled(state.value.tables, name) }),
    toggleMaximised: (name: string) => change({ maximised: state.value.maximised === name ? null : name }),
  };
});
