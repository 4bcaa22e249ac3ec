import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLibrary } from '../../src/library/library.ts';
import { MetricWriter } from '../../src/library/metric-writer.ts';
import { recordFixture } from '../../src/library/run-fixture.ts';
import { smooth } from '../../src/statistics/curves.ts';
import { newLibrary, openApplication } from './application.ts';
import type { ServedApplication } from './application.ts';
import type { ApplicationWindow } from './window.ts';

const steps = 200_000;
/** The one point of which everything hangs: a spike of a single step. */
const spike = { step: 123_456, value: 42 };
const lossAt = (step: number): number => (step === spike.step ? spike.value : 2 + ((step * 7919) % 997) / 1000);

/** A run of 200,000 recorded points, in a real browser. */
describe('a long run', () => {
  let application: ServedApplication;
  let window: ApplicationWindow;
  let page: Page;
  const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

  beforeAll(async () => {
    const folder = await newLibrary();
    const { runs } = await openLibrary(folder, { create: true });
    const record = recordFixture();
    const spec = { ...record.spec, steps, logEvery: 1 };
    const best = { step: steps, 'validation/accuracy': 0.9 };
    await runs.create({ ...record, spec, status: 'done', step: steps, best, final: { 'train/loss': 2 } });
    const writer = new MetricWriter(join(runs.folder(record.id), 'metrics.sqlite'));
    for (let step = 1; step <= steps; step += 1) {
      writer.append('train/loss', step, lossAt(step));
      if (step % 2000 === 0) writer.append('validation/accuracy', step, 0.9);
    }
    // Looks at the machine are far apart.
    for (let step = 10_000; step <= steps; step += 10_000) writer.append('system/steps_per_second', step, 300);
    writer.close();
    application = await openApplication(folder);
    ({ window, page } = application);
    page.setDefaultTimeout(60_000);
  });
  afterAll(() => application.close());

  const chart = (name: RegExp): Locator => page.getByRole('region', { name });
  const rowsOf = async (table: Locator): Promise<string[]> => table.locator('tbody tr').allInnerTexts();

  it('is drawn whole with its spike, and of a short stretch every point is there', async () => {
    await window.follow('/compare?charts=train%2Floss');
    const panel = page.getByRole('img', { name: /^Train loss by/ });
    await panel.waitFor();
    await window.follow('/compare?charts=train%2Floss&zoom=123440%2C123480');
    await page.getByRole('button', { name: /table/i }).first().click();
    const table = page.getByRole('region', { name: /^Train loss by/ });
    await eventually(async () => (await rowsOf(table)).length).toBe(41);
    const rows = await rowsOf(table);
    expect(rows[0]).toMatch(/^123,440\s+2\./);
    expect(rows[spike.step - 123_440]).toMatch(/^123,456\s+42/);
  });

  it('is smoothed over every point, whatever is shown of it', async () => {
    await window.follow('/compare?charts=train%2Floss&smooth=0.9&zoom=123440%2C123480');
    await page.getByRole('img', { name: /^Train loss by/ }).waitFor();
    await page.getByRole('button', { name: /table/i }).first().click();
    const table = page.getByRole('region', { name: /^Train loss by/ });
    const all = Float64Array.from({ length: spike.step }, (_, index) => lossAt(index + 1));
    const averaged = (smooth(all, 0.9, true).at(-1) ?? Number.NaN).toPrecision(3);
    await eventually(async () => (await rowsOf(table))[spike.step - 123_440] ?? '').toContain(averaged);
  });

  it('shows more of its points on its own page the closer the reader looks, and its machine below', async () => {
    await window.follow('/runs/sb-1-aaaa');
    const loss = chart(/^Loss$/);
    const drag = async (): Promise<void> => {
      const box = await loss.getByRole('img').boundingBox();
      if (box === null) throw new Error('the chart has no place');
      const [y, x] = [box.y + box.height / 2, box.x + box.width / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 6, y);
      await page.mouse.up();
    };
    await loss.getByRole('img').waitFor();
    await chart(/^Speed$/)
      .getByRole('img')
      .waitFor();
    await drag();
    await drag();
    await loss.getByRole('button', { name: 'View as table' }).click();
    // Two drags of six pixels out of some five hundred leave some ten steps of the two hundred thousand.
    const stepsShown = async (): Promise<number[]> =>
      (await rowsOf(loss)).map((row) => Number(/^[\d,]+/.exec(row)?.[0].replaceAll(',', '')));
    // They come as soon as they are read; until then what was there before stands.
    const isWhole = (shown: readonly number[]): boolean =>
      shown.length > 5 && shown.length < 60 && shown.every((step, index) => step === (shown[0] ?? 0) + index);
    await eventually(async () => isWhole(await stepsShown())).toBe(true);
    expect(window.takeProblems()).toEqual([]);
  });
});
