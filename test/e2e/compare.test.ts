import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runSpec } from '../../src/contracts/run-spec.ts';
import type { RunSpecInput } from '../../src/contracts/run-spec.ts';
import { newLibrary, openApplication } from './application.ts';
import type { ServedApplication } from './application.ts';
import { runVerb } from './host.ts';
import type { ApplicationWindow } from './window.ts';

const common = {
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 60, resize: 7 },
  learningRate: 0.1,
  steps: 200,
  logEvery: 5,
  evaluateEvery: 5,
} satisfies Partial<RunSpecInput>;

const specs = {
  small: { ...common, method: 'small-batch', batchSize: 6 },
  large: { ...common, method: 'large-batch', batchSize: 60, microBatchSize: 30 },
  penalised: { ...common, method: 'gradient-norm', batchSize: 60, microBatchSize: 30, lambda: 0.05 },
} satisfies Record<string, RunSpecInput>;

/** The comparison screen over real runs: three methods, three seeds each, a small net. */
describe('the comparison', () => {
  let library: string;
  let folder: string;
  let application: ServedApplication;
  let window: ApplicationWindow;
  let page: Page;

  beforeAll(async () => {
    library = await newLibrary();
    folder = await mkdtemp(join(tmpdir(), 'microbatch-specs-'));
    for (const [name, spec] of Object.entries(specs)) {
      const file = join(folder, `${name}.json`);
      await runVerb('run', '--spec', await specFile(file, spec), '--seeds', '1,2,3', '--library', library, '--json');
    }
    application = await openApplication(library);
    ({ window, page } = application);
    page.setDefaultTimeout(60_000);
  });
  afterAll(async () => {
    await application.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await open('');
  });

  const origin = (): string => new URL(application.host.address).origin;
  const query = (): URLSearchParams => new URLSearchParams(page.url().split('?')[1] ?? '');
  /** What becomes true soon: on a busy machine a screen takes its time. */
  const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });
  const said = (name: string) => eventually(() => query().get(name));
  const accuracyChart = (): Locator => page.getByRole('img', { name: /^Validation accuracy by/ });
  const rows = (): Locator => page.getByRole('treegrid').getByRole('row', { level: 1 });
  const values = (): Locator => page.getByRole('table').last();

  /** Opens the screen at a view, as a fresh page does. */
  async function open(view: string): Promise<void> {
    await page.goto('about:blank');
    await page.goto(`${origin()}/#/compare${view === '' ? '?sort=method' : `?${view}`}`);
    await accuracyChart().waitFor();
    await eventually(() => accuracyChart().getAttribute('aria-label')).toContain('3 curves');
  }

  it('groups the seeds of a method and compares their means with the baseline', async () => {
    expect(await rows().count()).toBe(3);
    for (const name of ['Gradient norm', 'Large batch', 'Small batch']) {
      const row = rows().filter({ hasText: name });
      expect(await row.getByRole('gridcell').nth(1).textContent()).toBe('3');
      expect(await row.textContent()).toMatch(/\d\d\.\d\d ± \d+\.\d\d/);
    }
    const small = values().locator('tbody tr').filter({ hasText: 'Small batch' });
    expect(await small.textContent()).toContain('reference');
    const large = values().locator('tbody tr').filter({ hasText: 'Large batch' });
    expect(await large.textContent()).toMatch(/−?\d+\.\d\d to [+−]?\d+\.\d\d/);
    expect(window.takeProblems()).toEqual([]);
  });

  it('states the gap with its interval and n, whatever it is', async () => {
    const gap = page.getByRole('region', { name: 'The gap' });
    await eventually(() => gap.textContent()).toMatch(/n = 3 pairs/);
    expect(await gap.textContent()).toMatch(/recovers .* of the small-to-large-batch gap|No (significant )?gap/);
  });

  it('opens a group to its seeds, hides, isolates and pins by keyboard', async () => {
    const press = (keys: string): Promise<void> => page.keyboard.press(keys);
    await press('j');
    await press('Enter');
    await eventually(() => page.getByRole('row', { level: 2 }).count()).toBe(3);
    await press('h');
    await eventually(() => rows().first().textContent()).toContain('hidden');
    await said('hide').toMatch(/^[0-9a-f]{8}$/);
    await press('h');
    await press('b');
    await expect
      .poll(() => values().locator('tbody tr').filter({ hasText: 'Gradient norm' }).textContent())
      .toContain('reference');
    await press('o');
    await eventually(() => accuracyChart().getAttribute('aria-label')).toContain('1 curve');
    await press('Escape');
    await eventually(() => accuracyChart().getAttribute('aria-label')).toContain('3 curves');
    await said('base').toMatch(/^[0-9a-f]{8}$/);
  });

  it('puts the curves over data seen, gradient evaluations and time', async () => {
    for (const [key, axis, words] of [
      ['d', 'samples', 'images seen'],
      ['g', 'evaluations', 'gradient evaluations'],
      ['w', 'time', 'of training'],
      ['e', 'epoch', 'epoch'],
    ] as const) {
      // The two keys must follow each other within a second or so, which a busy machine may miss.
      await eventually(async () => {
        await page.keyboard.press('a');
        await page.keyboard.press(key);
        await page.waitForTimeout(500);
        return query().get('x');
      }).toBe(axis);
      await eventually(() => accuracyChart().getAttribute('aria-label')).toContain(words);
    }
  });

  it('zooms by dragging and keeps the zoom; a double click goes back', async () => {
    const box = await accuracyChart().boundingBox();
    if (box === null) throw new Error('the chart is not on screen');
    await page.mouse.move(box.x + 120, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 220, box.y + 70, { steps: 4 });
    await page.mouse.up();
    await said('zoom').toMatch(/^[\d.]+,[\d.]+$/);
    await page.mouse.dblclick(box.x + 180, box.y + 12);
    await said('zoom').toBeNull();
  });

  it('moves one cursor through all charts and reads every group off at it', async () => {
    await page.keyboard.press('Home');
    await said('at').toBe('5');
    await page.keyboard.press('Shift+ArrowRight');
    await said('at').toBe('55');
    await page.keyboard.press('ArrowLeft');
    await said('at').toBe('50');
    await eventually(() => values().textContent()).toContain('At step 50');
  });

  it('filters by words, and says how many runs are left', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('not method:gradient seed:1..2');
    await page.keyboard.press('Enter');
    await page.getByText('4 of 9 runs').waitFor();
    expect(await rows().count()).toBe(2);
  });

  it('shows a chart as a table', async () => {
    await page.keyboard.press('t');
    const table = page.getByRole('table', { name: 'Validation accuracy by step' });
    await table.waitFor();
    expect(await table.getByRole('columnheader').count()).toBe(4);
    expect(await table.getByRole('row').count()).toBeGreaterThan(30);
  });

  it('loses nothing on a reload', async () => {
    await open('smooth=0.5&scale=log&spread=range&charts=validation/accuracy,train/loss&at=50&zoom=20,150&sort=method');
    await page.keyboard.press('j');
    await said('focus').toMatch(/^[0-9a-f]{8}$/);
    const before = page.url();
    await page.reload();
    await eventually(() => values().textContent()).toContain('At step 50, smoothed 0.50');
    expect(page.url()).toBe(before);
    await eventually(() => page.getByRole('img', { name: /by step, 3 curves/ }).count()).toBe(2);
  });

  it('lets the curves of a run grow while it trains, and the reader at his place', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('steps:100000');
    await page.keyboard.press('Enter');
    await page.getByText('No run matches the filter').waitFor();
    await createRun(page, { ...specs.penalised, steps: 100_000, logEvery: 20, evaluateEvery: 20 });
    const end = async (): Promise<number> => {
      const text = (await accuracyChart().getAttribute('aria-label', { timeout: 60_000 })) ?? '';
      return Number(/At step ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', '') ?? 0);
    };
    await eventually(end).toBeGreaterThan(0);
    const before = await end();
    await eventually(end).toBeGreaterThan(before);
    expect(await rows().first().textContent()).toContain('1/1');
    await page.keyboard.press('Home');
    await said('at').toBe('20');
    await eventually(() => values().textContent()).toContain('At step 20');
    expect(window.takeProblems()).toEqual([]);
  });
});

async function specFile(file: string, spec: RunSpecInput): Promise<string> {
  await writeFile(file, JSON.stringify(spec));
  return file;
}

/** Queues a run at the host as the window itself does: over its socket. */
async function createRun(page: Page, spec: RunSpecInput): Promise<void> {
  const request = JSON.stringify({ id: 1, name: 'runs.create', parameters: { spec: runSpec.parse(spec), seeds: [7] } });
  await page.evaluate(
    (text) =>
      new Promise<void>((resolve, reject) => {
        const socket = new WebSocket(new URL('/bridge', location.href.replace(/^http/, 'ws')));
        socket.addEventListener('open', () => socket.send(text));
        socket.addEventListener('error', () => reject(new Error('no socket')));
        socket.addEventListener('message', ({ data }) => {
          if (typeof data !== 'string' || !data.includes('"id":1')) return;
          socket.close();
          if (data.startsWith('{"id":1,"error"')) reject(new Error(data));
          else resolve();
        });
      }),
    request,
  );
}
