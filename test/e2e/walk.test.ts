import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../src/renderer/router.ts';
import { newLibrary, openApplication } from './application.ts';
import type { ServedApplication } from './application.ts';
import { fillLibrary } from './filled-library.ts';
import type { FilledLibrary } from './filled-library.ts';
import { keyboardProblems, loadReport, sidewaysScrolls, watchLoads } from './page-checks.ts';
import type { ApplicationWindow } from './window.ts';

const runCount = 240;
const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;

/** A state of a screen. `route`: its name in the router. */
interface View {
  readonly route: string;
  readonly name: string;
  readonly address: (library: FilledLibrary) => string;
  /** What stands there once it has loaded. */
  readonly ready: (page: Page) => Locator;
}

/** Every route has at least one view here; the first test says which one lacks it. */
const views: readonly View[] = [
  {
    route: 'runs',
    name: 'runs',
    address: () => '/runs',
    ready: (page) => page.getByRole('region', { name: 'Recent' }),
  },
  {
    ...{ route: 'runs', name: 'all-runs', address: () => '/runs?view=all' },
    ready: (page) => page.locator('tbody [data-run]').first(),
  },
  {
    ...{ route: 'run', name: 'run', address: ({ trained }) => `/runs/${trained}` },
    ready: (page) => page.getByRole('region', { name: 'Checkpoints' }).getByRole('row').nth(1),
  },
  {
    ...{ route: 'run-evaluation', name: 'evaluation', address: ({ trained }) => `/runs/${trained}/evaluation` },
    ready: (page) => page.getByText('No evaluation yet'),
  },
  {
    ...{ route: 'retention', name: 'retention', address: () => '/retention' },
    ready: (page) => page.getByRole('table'),
  },
  {
    ...{ route: 'early-stop', name: 'early-stopping', address: () => '/early-stopping' },
    ready: (page) => page.getByRole('heading', { name: 'Early stopping' }),
  },
  { route: 'queue', name: 'queue', address: () => '/queue', ready: (page) => page.getByText('The queue rests.') },
  {
    ...{ route: 'sweeps', name: 'sweep', address: ({ sweep }) => `/sweeps/${sweep}` },
    ready: (page) => page.getByRole('button', { name: 'Add seeds' }),
  },
  {
    ...{ route: 'compare', name: 'compare', address: () => '/compare?runs=all' },
    ready: (page) => page.getByRole('img', { name: /^Validation accuracy by/ }),
  },
  {
    ...{ route: 'new', name: 'new-run', address: () => '/new' },
    ready: (page) => page.getByRole('button', { name: /^(Queue|Nothing to queue)/ }),
  },
  {
    ...{ route: 'import', name: 'import', address: () => '/import' },
    ready: (page) => page.getByRole('heading', { level: 1, name: 'Import' }),
  },
  {
    ...{ route: 'weights', name: 'weights', address: ({ weights }) => `/import/weights/${weights}` },
    ready: (page) => page.getByRole('link', { name: 'All imports' }),
  },
  {
    ...{ route: 'datasets', name: 'data-sets', address: () => '/data-sets' },
    ready: (page) => page.getByRole('img', { name: /training image/ }).first(),
  },
  {
    ...{ route: 'devices', name: 'devices', address: () => '/devices' },
    ready: (page) => page.getByRole('cell', { name: 'onnx', exact: true }),
  },
  {
    ...{ route: 'settings', name: 'settings', address: () => '/settings' },
    ready: (page) => page.getByRole('heading', { name: 'About' }),
  },
];

/** Every screen over a filled library: its look in both themes and at two sizes, how it loads, and its way by keyboard. */
describe('a walk over the screens', () => {
  let filled: FilledLibrary;
  let application: ServedApplication;
  let window: ApplicationWindow;
  let page: Page;
  const longest: Record<string, number> = {};

  beforeAll(async () => {
    const library = await newLibrary();
    filled = await fillLibrary(library, runCount);
    application = await openApplication(library);
    ({ window, page } = application);
    await watchLoads(page);
  });
  afterAll(async () => {
    // Told and not judged: it depends on what else the machine does.
    console.log(`longest task of each load, ms: ${JSON.stringify(longest)}`);
    await application.close();
  });

  it('leaves none out', () => {
    const named = routes.flatMap(({ name }) => (name === undefined ? [] : [String(name)]));
    expect([...new Set(views.map(({ route }) => route))].sort()).toEqual(named.sort());
  });

  it.each(views)('$name loads without moving, shows itself well and is reached by keyboard', async (view) => {
    await page.setViewportSize(sizes[0]);
    await window.useTheme('light');
    await page.goto('about:blank');
    await page.goto(`${new URL(application.host.address).origin}/#${view.address(filled)}`);
    await view.ready(page).waitFor();
    await settled(page);
    const { shifts, longestTask } = await loadReport(page);
    longest[view.name] = longestTask;
    const problems: Record<string, readonly string[]> = { shifts };
    for (const theme of ['light', 'dark'] as const) {
      await window.useTheme(theme);
      for (const size of sizes) {
        await page.setViewportSize(size);
        await settled(page);
        await window.picture(`${view.name}-${String(size.width)}-${theme}`);
        problems[`sideways ${String(size.width)}`] = await sidewaysScrolls(page);
      }
      problems[`accessibility ${theme}`] = await window.accessibilityProblems();
    }
    problems['keyboard'] = await keyboardProblems(page);
    problems['console'] = window.takeProblems();
    const found = Object.fromEntries(Object.entries(problems).filter(([, lines]) => lines.length > 0));
    expect(found).toEqual({});
  });
});

/** Two frames and what they cause: fonts, sizes of charts. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 4; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}
