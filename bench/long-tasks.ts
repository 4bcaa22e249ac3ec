import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import { loadReport, watchLoads } from '../test/e2e/page-checks.ts';
import type { BenchWindow } from './bench-window.ts';
import { median } from './report.ts';
import type { BenchRow } from './report.ts';

const rounds = 5;
const limitMilliseconds = 50;
/** After its head stands a screen goes on to fill itself. */
const fillingMilliseconds = 700;

/** What the main thread did without a pause. */
interface Task {
  /** As the page is told of it, which is only of what took 50 or more: 0 otherwise. */
  readonly milliseconds: number;
  readonly processorMilliseconds: number;
}

/** The longest task of the main thread while a screen loads, of every screen that a library of runs has. */
export async function benchLongTasks(window: BenchWindow, say: (line: string) => void): Promise<BenchRow[]> {
  const run = window.runs[0]?.id ?? '';
  const screens: Readonly<Record<string, string>> = {
    runs: '/runs',
    'all runs': '/runs?view=all',
    run: `/runs/${run}`,
    evaluation: `/runs/${run}/evaluation`,
    compare: '/compare?runs=all',
    'new run': '/new',
    queue: '/queue',
    sweeps: '/sweeps',
    import: '/import',
    'data sets': '/data-sets',
    settings: '/settings',
  };
  const page = await (await window.browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.goto(window.address);
  await watchLoads(page);
  const rows: BenchRow[] = [];
  for (const [name, path] of Object.entries(screens)) {
    const tasks: Task[] = [];
    for (let round = 0; round < rounds; round += 1) {
      tasks.push(await longestTask(window.browser, page, `${new URL(window.address).origin}/#${path}`));
    }
    const figures = [
      ['ms', median(tasks.map((task) => task.milliseconds))],
      ['CPU ms', median(tasks.map((task) => task.processorMilliseconds))],
    ] as const;
    say(`${name}: ${figures.map(([unit, figure]) => `${figure.toFixed(0)} ${unit}`).join(', ')}`);
    for (const [unit, ours] of figures) {
      const place = { case: name, executor: 'chromium', mode: 'longest task', threads: 1 };
      rows.push({ ...place, unit, ours, peer: limitMilliseconds, ratio: ours / limitMilliseconds, better: 'lower' });
    }
  }
  await page.context().close();
  return rows;
}

async function longestTask(browser: Browser, page: Page, address: string): Promise<Task> {
  await page.goto('about:blank');
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] });
  await page.goto(address);
  await page.locator('main h1').first().waitFor();
  await pause(fillingMilliseconds);
  const milliseconds = (await loadReport(page)).longestTask;
  const { traceEvents } = trace.parse(JSON.parse((await browser.stopTracing()).toString('utf8')));
  return { milliseconds, processorMilliseconds: longestProcessorTime(traceEvents) };
}

/** What is read of Chromium's trace; times in microseconds. `tdur`: of the processor. */
const trace = z.object({
  traceEvents: z.array(
    z.object({
      name: z.string(),
      pid: z.int(),
      tid: z.int(),
      ts: z.number(),
      dur: z.number().default(0),
      tdur: z.number().default(0),
    }),
  ),
});
type TraceEvent = z.infer<typeof trace>['traceEvents'][number];

/** Milliseconds. */
function longestProcessorTime(events: readonly TraceEvent[]): number {
  const threadOf = ({ pid, tid }: TraceEvent): string => `${String(pid)}/${String(tid)}`;
  const modules = events.filter(({ name }) => name === 'v8.evaluateModule');
  const threads = new Set(modules.map(threadOf));
  // Before the first line of the application runs, the browser still does what the trace itself asks of it.
  const begun = Math.min(...modules.map(({ ts }) => ts));
  const tasks = events.filter(
    (event) => event.name.endsWith('RunTask') && threads.has(threadOf(event)) && event.ts + event.dur > begun,
  );
  if (tasks.length === 0) throw new Error('the trace of the browser names no task of the page');
  return Math.max(...tasks.map(({ tdur }) => tdur)) / 1000;
}
