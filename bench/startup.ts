import { launchBrowser } from '../test/e2e/browser.ts';
import { openBenchWindow } from './bench-window.ts';
import type { BenchOptions } from './engine.ts';
import { benchLongTasks } from './long-tasks.ts';
import { machineName, median } from './report.ts';
import type { BenchReport } from './report.ts';

const runCount = 1000;
const rounds = 3;
const limitMilliseconds = 1500;

/**
 * Times a window from its address until the screen tells what the library holds, each round with an empty cache; then
 * looks for what blocks the window while each of its screens loads.
 */
export async function benchStartup({ say }: BenchOptions): Promise<BenchReport> {
  const window = await openBenchWindow(runCount);
  try {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      times.push(await firstUsefulPaint(window.address));
      say(`round ${String(round + 1)}: ${(times.at(-1) ?? 0).toFixed(0)} ms`);
    }
    const ours = median(times);
    const row = { case: `${String(runCount)} runs`, executor: 'chromium', mode: 'first useful paint', threads: 1 };
    const limit = { unit: 'ms', ours, peer: limitMilliseconds, ratio: ours / limitMilliseconds };
    const screens = await benchLongTasks(window, say);
    return { machine: machineName(), rows: [{ ...row, ...limit, better: 'lower' }, ...screens] };
  } finally {
    await window.close();
  }
}

/** In a browser of its own: the packaged Chromium is one process, which ends with its first context. */
async function firstUsefulPaint(address: string): Promise<number> {
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const start = Date.now();
  await page.goto(`${address}#/runs`, { waitUntil: 'commit' });
  await page.locator('main').filter({ hasText: '1,000' }).waitFor();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  const end = Date.now();
  await browser.close();
  return end - start;
}
