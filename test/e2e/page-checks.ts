import type { Page } from 'playwright-core';

/** Layout shifts and long tasks of a page since its load, as the browser reports them. */
export interface LoadReport {
  /** Elements that moved although nobody touched anything, with the score of the shift. */
  readonly shifts: readonly string[];
  /** Longest task of the main thread, milliseconds. */
  readonly longestTask: number;
}

declare global {
  interface Window {
    loadReport?: { shifts: string[]; longestTask: number };
  }
}

/** A shift that nobody sees: a tenth of what web vitals call good. Fonts that arrive cause such ones. */
const smallestShift = 0.01;

interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
  readonly sources: readonly {
    readonly node: Node | null;
    readonly previousRect: DOMRectReadOnly;
    readonly currentRect: DOMRectReadOnly;
  }[];
}

/** Makes every page that is loaded from now on keep a report. */
export async function watchLoads(page: Page): Promise<void> {
  await page.addInitScript((smallestShift) => {
    const report = { shifts: [] as string[], longestTask: 0 };
    window.loadReport = report;
    const nameOf = ({ node, previousRect, currentRect }: LayoutShift['sources'][number]): string => {
      const name =
        node instanceof Element ? `${node.tagName.toLowerCase()}.${node.getAttribute('class') ?? ''}` : 'text';
      const [from, to] = [previousRect, currentRect].map(({ x, y, width, height }) =>
        [x, y, width, height].map(Math.round),
      );
      return `${name} from ${String(from)} to ${String(to)}`;
    };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as LayoutShift[]) {
        if (entry.hadRecentInput) continue;
        if (entry.value < smallestShift) continue;
        report.shifts.push(`${entry.value.toFixed(4)}: ${entry.sources.map(nameOf).join('; ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) report.longestTask = Math.max(report.longestTask, duration);
    }).observe({ type: 'longtask', buffered: true });
  }, smallestShift);
}

export async function loadReport(page: Page): Promise<LoadReport> {
  return page.evaluate(() => window.loadReport ?? { shifts: ['no report'], longestTask: Number.NaN });
}

/** Elements that are wider than the room they have, and so can be scrolled sideways or are cut off by the window. */
export async function sidewaysScrolls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = [...document.querySelectorAll('html, body, main, .page, .scroll')].filter(
      (element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0,
    );
    return wide.map(
      ({ tagName, className, scrollWidth, clientWidth }) =>
        `${tagName.toLowerCase()}.${className}: ${String(scrollWidth)} in ${String(clientWidth)}`,
    );
  });
}

/** What Tab cannot reach, what it reaches without showing it, and where it goes in a circle before it was everywhere. */
export async function keyboardProblems(page: Page): Promise<string[]> {
  const expected = await page.evaluate(beginKeyboardWalk);
  const problems: string[] = [];
  // A list that is longer than the window shows more rows as the focus moves down: what follows it is reached backwards.
  for (const key of ['Tab', 'Shift+Tab']) {
    await page.evaluate(goToStart);
    for (let press = 0; press < 2 * expected + 5; press += 1) {
      await page.keyboard.press(key);
      const { isOver, hidden } = await page.evaluate(noteFocus);
      if (hidden !== null) problems.push(`no visible focus: ${hidden}`);
      if (isOver) break;
    }
    if ((await page.evaluate(unreached)).length === 0) return problems;
  }
  return [...problems, ...(await page.evaluate(unreached))];
}

declare global {
  interface Window {
    keyboardWalk?: { readonly expected: Element[]; readonly reached: Set<Element> };
  }
}

/** In the page: remembers what must be reached and returns how many that are. */
function beginKeyboardWalk(): number {
  const selector = 'a[href], button, input, select, textarea, [tabindex]';
  const expected = [...document.querySelectorAll<HTMLElement>(selector)].filter(
    (element) =>
      element.tabIndex >= 0 &&
      !element.matches(':disabled, [inert] *, [aria-hidden="true"] *') &&
      element.checkVisibility({ visibilityProperty: true }),
  );
  window.keyboardWalk = { expected, reached: new Set() };
  return expected.length;
}

/** In the page: the next Tab begins at the first element. */
function goToStart(): void {
  const start = document.createElement('span');
  start.tabIndex = -1;
  document.body.prepend(start);
  start.focus();
  start.remove();
}

/** In the page: notes what has the focus now; over where it left the page or comes to where it was. */
function noteFocus(): { isOver: boolean; hidden: string | null } {
  const { keyboardWalk } = window;
  const focused = document.activeElement;
  if (keyboardWalk === undefined || focused === null || focused === document.body) {
    return { isOver: true, hidden: null };
  }
  if (keyboardWalk.reached.has(focused)) return { isOver: true, hidden: null };
  keyboardWalk.reached.add(focused);
  // A field shows it at its frame, which is around the input.
  const frames = [focused, focused.parentElement, focused.parentElement?.parentElement].filter(
    (element) => element !== null && element !== undefined,
  );
  const isShown = frames.some((element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  });
  return { isOver: false, hidden: isShown ? null : focused.outerHTML.slice(0, 160) };
}

/** In the page: what was there all the time and never had the focus, itself or in a part of it. */
function unreached(): string[] {
  const { expected, reached } = window.keyboardWalk ?? { expected: [], reached: new Set<Element>() };
  const had = (element: Element): boolean => [...reached].some((each) => element.contains(each));
  // Of radio buttons of one name Tab reaches one, and arrows the others.
  const inGroup = (element: Element): boolean =>
    element instanceof HTMLInputElement &&
    element.type === 'radio' &&
    [...reached].some(
      (each) => each instanceof HTMLInputElement && each.type === 'radio' && each.name === element.name,
    );
  return expected
    .filter((element) => element.isConnected && !had(element) && !inGroup(element))
    .map((element) => `out of reach of Tab: ${element.outerHTML.slice(0, 160)}`);
}
