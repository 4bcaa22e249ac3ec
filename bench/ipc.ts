import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { SpecifiedRun } from '../src/contracts/run-record.ts';
import { openBenchWindow } from './bench-window.ts';
import type { BenchWindow } from './bench-window.ts';
import type { BenchOptions } from './engine.ts';
import { machineName, median } from './report.ts';
import type { BenchReport, BenchRow } from './report.ts';

const pointsPerSecond = 10_000;
const batchesPerSecond = 20;
const seconds = 5;
const samples = 20;
const limits = { cpuPercent: 10, latencyMilliseconds: 250 };
/** Series that the page of a run draws: what it does not follow would be dropped unseen. */
const series = [
  'train/loss',
  'train/accuracy',
  'train/micro_gradient_norm_squared',
  'train/gradient_norm',
  'train/step_length',
];

/** Streams points of one run to its page, and times one figure from the host to the screen. */
export async function benchIpc({ say }: BenchOptions): Promise<BenchReport> {
  const window = await openBenchWindow(1);
  try {
    const [finished] = window.runs;
    if (finished === undefined) throw new Error('the library of the bench is empty');
    const run: SpecifiedRun = { ...finished, status: 'running' };
    const page = await (await window.browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await page.goto(window.address);
    await page.goto(`${new URL(window.address).origin}/#/runs/${run.id}`);
    await page.locator('.facts-line').waitFor();
    window.emit('run.changed', run);
    await pause(500);
    const percent = await rendererShare(window, page, run);
    say(`renderer: ${percent.toFixed(1)} % of a core at ${String(pointsPerSecond)} points/s`);
    const latency = await latencyOf(window, page, run);
    say(`latency: ${latency.toFixed(0)} ms`);
    const point = await pointLatencyOf(window, page, run);
    say(`latency of a point: ${point.toFixed(0)} ms`);
    return {
      machine: machineName(),
      rows: [
        row('renderer', '% of a core', percent, limits.cpuPercent),
        row('latency', 'ms', latency, limits.latencyMilliseconds),
        row('latency of a point', 'ms', point, limits.latencyMilliseconds),
      ],
    };
  } finally {
    await window.close();
  }
}

function row(mode: string, unit: string, ours: number, limit: number): BenchRow {
  const place = { case: `${String(pointsPerSecond)} points/s`, executor: 'chromium', mode, threads: 1 };
  return { ...place, unit, ours, peer: limit, ratio: ours / limit, better: 'lower' };
}

/** Processor time of the page's main thread while points stream in, in percent of the time that passed. */
async function rendererShare(window: BenchWindow, page: Page, run: SpecifiedRun): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const begun = performance.now();
  const before = await taskSeconds(session);
  const each = pointsPerSecond / batchesPerSecond / series.length;
  for (let batch = 0; batch < seconds * batchesPerSecond; batch += 1) {
    const steps = Array.from({ length: each }, (_, index) => batch * each + index + 1);
    const values = steps.map((step) => 1 / (1 + step / 1000));
    const points = Object.fromEntries(series.map((name) => [name, { steps, values }]));
    window.emit('run.metrics', { run: run.id, series: points });
    await pause(Math.max(0, begun + ((batch + 1) * 1000) / batchesPerSecond - performance.now()));
  }
  const used = (await taskSeconds(session)) - before;
  return (100 * used) / ((performance.now() - begun) / 1000);
}

async function taskSeconds(
  session: Awaited<ReturnType<ReturnType<Page['context']>['newCDPSession']>>,
): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
}

/** Median time from the host's event to the end of the frame that shows its step. */
async function latencyOf(window: BenchWindow, page: Page, run: SpecifiedRun): Promise<number> {
  return latency(page, (sample) => {
    const step = 60_001 + sample;
    return {
      place: '.facts-line',
      text: step.toLocaleString('en-US'),
      send: () =>
        window.emit('run.progress', {
          run: run.id,
          step,
          steps: 100_000,
          seconds: 1,
          stepsPerSecond: 100,
          remainingSeconds: 10,
          underway: 0,
          evaluated: null,
        }),
    };
  });
}

/** Median time from the host's event to the end of the frame whose legend names its value. */
async function pointLatencyOf(window: BenchWindow, page: Page, run: SpecifiedRun): Promise<number> {
  return latency(page, (sample) => {
    const value = 101 + sample;
    const points = { steps: [60_001 + sample], values: [value] };
    return {
      place: '.facet[aria-label="Loss"] .legend',
      text: String(value),
      send: () => window.emit('run.metrics', { run: run.id, series: { 'train/loss': points } }),
    };
  });
}

interface Sample {
  /** Where on the page the text must stand, a CSS selector. */
  readonly place: string;
  readonly text: string;
  readonly send: () => void;
}

async function latency(page: Page, sampleOf: (sample: number) => Sample): Promise<number> {
  const times: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const { place, text, send } = sampleOf(sample);
    const shown = page.evaluate(
      (wanted) =>
        new Promise<number>((resolve) => {
          const look = (): void => {
            const found = document.querySelector(wanted.place)?.textContent.includes(wanted.text) === true;
            requestAnimationFrame(found ? () => resolve(Date.now()) : look);
          };
          look();
        }),
      { place, text },
    );
    await pause(100);
    const sent = Date.now();
    send();
    times.push((await shown) - sent);
  }
  return median(times);
}
