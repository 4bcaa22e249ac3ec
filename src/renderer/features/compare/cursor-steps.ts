import { nearestIndex } from '../../charts/pixel-thinning.ts';
import { useCompareView } from './compare-view.ts';
import { longestLine, useComparison } from './comparison.ts';

/** Moves the cursor over the recorded points of the first chart; where it stops it is pinned. */
export function useCursorSteps(): {
  readonly move: (points: number) => void;
  readonly toFirst: () => void;
  readonly toLast: () => void;
} {
  const view = useCompareView();
  const comparison = useComparison();

  /** Points of the line that has most of them, inside the zoom. */
  function points(): Float64Array {
    const longest = longestLine(comparison.primary?.lines ?? []);
    const { zoom } = view.state;
    return zoom === null ? longest : longest.filter((x) => x >= zoom[0] && x <= zoom[1]);
  }

  function pin(x: number | undefined): void {
    if (x !== undefined) view.change({ pin: x });
  }

  return {
    move(by) {
      const all = points();
      const from = comparison.cursor === null ? all.length - 1 : nearestIndex(all, comparison.cursor);
      pin(all[Math.max(0, Math.min(all.length - 1, from + by))]);
    },
    toFirst: () => pin(points()[0]),
    toLast: () => pin(points().at(-1)),
  };
}
