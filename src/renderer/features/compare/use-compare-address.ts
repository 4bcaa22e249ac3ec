import { watchDebounced } from '@vueuse/core';
import { onScopeDispose, watch } from 'vue';
import { isNavigationFailure, NavigationFailureType, onBeforeRouteLeave, useRoute, useRouter } from 'vue-router';
import { useCompareView } from './compare-view.ts';
import { readView, writeView } from './view-state.ts';
import type { Query } from './view-state.ts';

/** Keeps the view and the address of the screen the same: a reload, a link or going back loses nothing. */
export function useCompareAddress(): void {
  const route = useRoute();
  const router = useRouter();
  const view = useCompareView();

  // A screen that is still loading is no route yet: writing the address then would call the reader back.
  let leaving = false;
  onBeforeRouteLeave(() => {
    leaving = true;
  });
  onScopeDispose(
    router.afterEach((_to, _from, failure) => {
      if (!isNavigationFailure(failure, NavigationFailureType.cancelled)) leaving = false;
    }),
  );

  const isSaid = (query: Query): boolean => same(query, writeView(view.state));
  const write = (): void => {
    const query = writeView(view.state);
    if (route.name !== 'compare' || leaving) return;
    if (!same(writeView(readView(route.query)), query)) void router.replace({ query });
  };

  // Coming back without an address of its own, the screen is as it was left.
  if (Object.keys(route.query).length > 0) view.replace(readView(route.query));
  else write();

  watch(
    () => route.query,
    (query) => {
      const said = readView(query);
      if (route.name === 'compare' && !isSaid(writeView(said))) view.replace(said);
    },
  );
  watchDebounced(() => view.state, write, { debounce: 200 });
}

function same(a: Query, b: Query): boolean {
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return left.length === right.length && left.every(([name, value]) => b[name] === value);
}
