import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetricWriter } from '../src/library/metric-writer.ts';
import type { BenchOptions } from './engine.ts';
import { limitRow } from './limit-row.ts';
import { machineName } from './report.ts';
import type { BenchReport } from './report.ts';

const rounds = 5;
const timedCalls = 100_000;
const sustainedPoints = 500_000;
const series = ['train/loss', 'train/accuracy', 'train/gradient-norm', 'train/step-seconds'];

/** Times the store of recorded points: what a log call costs the training loop, and how many points a second it commits. */
export async function benchMetrics({ say }: BenchOptions): Promise<BenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'microbatch-bench-'));
  try {
    const calls: number[] = [];
    const speeds: number[] = [];
    // The first round compiles and warms up.
    for (let round = 0; round <= rounds; round += 1) {
      const call = callPercentile(join(folder, `calls-${String(round)}.sqlite`));
      const speed = sustainedSpeed(join(folder, `points-${String(round)}.sqlite`));
      say(`round ${String(round)}: log call ${call.toFixed(2)} µs, ${speed.toFixed(0)} points/s`);
      if (round === 0) continue;
      calls.push(call);
      speeds.push(speed);
    }
    return {
      machine: machineName(),
      rows: [
        limitRow('metrics', 'log call p99', 'µs', { rounds: calls, limit: 20, better: 'lower' }),
        limitRow('metrics', 'sustained', 'points/s', { rounds: speeds, limit: 200_000, better: 'higher' }),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The 99th percentile of one `append`, microseconds; the commits that a full buffer makes are among the calls. */
function callPercentile(path: string): number {
  const writer = new MetricWriter(path);
  const times = new Float64Array(timedCalls);
  for (let call = 0; call < timedCalls; call += 1) {
    const begin = performance.now();
    writer.append(series[call % series.length] ?? '', Math.floor(call / series.length), call / 3);
    times[call] = performance.now() - begin;
  }
  writer.close();
  return 1000 * (times.sort()[Math.floor(0.99 * timedCalls)] ?? Number.NaN);
}

/** Points a second from the first `append` to the closed file. */
function sustainedSpeed(path: string): number {
  const begin = performance.now();
  const writer = new MetricWriter(path);
  for (let point = 0; point < sustainedPoints; point += 1) {
    writer.append(series[point % series.length] ?? '', Math.floor(point / series.length), point / 3);
  }
  writer.close();
  return (1000 * sustainedPoints) / (performance.now() - begin);
}
