import { onScopeDispose, shallowRef } from 'vue';
import type { ShallowRef } from 'vue';

/** Colours and measures of the charts, read from the design tokens. */
export interface ChartTheme {
  readonly background: string;
  readonly grid: string;
  readonly axis: string;
  readonly tick: string;
  readonly ink: string;
  readonly cursor: string;
  readonly font: string;
  readonly bandOpacity: number;
  readonly ghostOpacity: number;
  readonly lineWidth: number;
  /** Index 1 to 10. */
  readonly series: readonly string[];
}

/** Dash patterns by token number: plain 1, penalty 2, grafting 3; 4 and 5 tell groups of one method apart. */
export const dashPatterns: readonly (readonly number[])[] = [[], [], [7, 3], [2, 2.5], [9, 3, 2, 3], [14, 4]];

/** A dash pattern for a line only so long: all of its parts must show. */
export function dashOfSwatch(dash: number, width: number): string {
  const scale = Math.min(1, width / 22);
  return (dashPatterns[dash] ?? []).map((part) => (part * scale).toFixed(1)).join(' ') || 'none';
}

/** The dash that a method's line gets from its family. */
export const familyDash = { plain: 1, penalty: 2, grafting: 3 } as const;

/** The line of an imported run whose method is not known: a dash that no family has; several take turns with colours. */
export const importedLook = (place = 0): { readonly series: number; readonly dash: number } => ({
  series: 10 - (place % 10),
  dash: 5,
});

function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const number = (name: string, otherwise: number): number => {
    const value = Number.parseFloat(token(name));
    return Number.isFinite(value) ? value : otherwise;
  };
  return {
    background: token('chart-bg'),
    grid: token('chart-grid'),
    axis: token('chart-axis'),
    tick: token('chart-tick'),
    ink: token('chart-ink'),
    cursor: token('chart-cursor'),
    font: token('font-ui'),
    bandOpacity: number('band-opacity', 0.15),
    ghostOpacity: number('ghost-opacity', 0.3),
    lineWidth: number('line-series', 1.75),
    series: Array.from({ length: 11 }, (_, index) => (index === 0 ? '' : token(`series-${String(index)}`))),
  };
}

let shared: ShallowRef<ChartTheme> | null = null;
let users = 0;
let stopWatching = (): void => undefined;

/** The current theme; changes with the window's theme, the system's theme and the contrast setting. */
export function useChartTheme(): ShallowRef<ChartTheme> {
  const theme = (shared ??= shallowRef(readTheme()));
  users += 1;
  if (users === 1) {
    theme.value = readTheme();
    stopWatching = watchTokens(() => {
      theme.value = readTheme();
    });
  }
  onScopeDispose(() => {
    users -= 1;
    if (users === 0) stopWatching();
  });
  return theme;
}

function watchTokens(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'].map((query) =>
    window.matchMedia(query),
  );
  for (const query of queries) query.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener('change', changed);
  };
}

/** A token colour (#rrggbb) with an opacity. */
export function withOpacity(colour: string, opacity: number): string {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  if (hex === undefined) return colour;
  const channel = (at: number): string => String(Number.parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${channel(0)}, ${channel(2)}, ${channel(4)}, ${String(opacity)})`;
}
