import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filterRuns } from '../src/contracts/run-filter.ts';
import type { RunRecord } from '../src/contracts/run-record.ts';
import { openLibrary } from '../src/library/library.ts';
import { textOf } from '../src/library/record-file.ts';
import { recordFixture } from '../src/library/run-fixture.ts';
import type { BenchOptions } from './engine.ts';
import { limitRow } from './limit-row.ts';
import { machineName } from './report.ts';
import type { BenchReport } from './report.ts';

const rounds = 5;
const openedRuns = 5000;
const filteredRuns = 10_000;

/** Times opening a library of many runs, and finding some of them. */
export async function benchLibrary({ say }: BenchOptions): Promise<BenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'microbatch-bench-'));
  try {
    await openLibrary(folder, { create: true });
    for (let run = 0; run < openedRuns; run += 1) await writeRun(folder, recordOf(run));
    say(`${String(openedRuns)} runs: written`);
    const first = await openSeconds(folder);
    say(`first opening, which makes the index: ${first.toFixed(2)} s`);
    const records = Array.from({ length: filteredRuns }, (_, run) => recordOf(run));
    const opened: number[] = [];
    const found: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const seconds = await openSeconds(folder);
      const milliseconds = findMilliseconds(records);
      say(`round ${String(round)}: open ${seconds.toFixed(2)} s, filter and sort ${milliseconds.toFixed(1)} ms`);
      if (round === 0) continue;
      opened.push(seconds);
      found.push(milliseconds);
    }
    return {
      machine: machineName(),
      rows: [
        limitRow('5,000 runs', 'open', 's', { rounds: opened, limit: 1, better: 'lower' }),
        limitRow('5,000 runs', 'open without index', 's', { rounds: [first], limit: 1, better: 'lower' }),
        limitRow('10,000 runs', 'filter and sort', 'ms', { rounds: found, limit: 50, better: 'lower' }),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function recordOf(run: number): RunRecord {
  const id = `run-${String(run).padStart(6, '0')}`;
  const createdAt = new Date(1.78e12 + ((run * 7919) % 100_003) * 1000).toISOString();
  const accuracy = ((run * 31) % 1000) / 1000;
  const { spec } = recordFixture();
  return recordFixture({
    ...{ id, name: `Run ${String(run)}`, status: 'done', createdAt, startedAt: createdAt, endedAt: createdAt },
    ...{ spec: { ...spec, seed: run % 50 }, step: 10, seconds: 1, best: { step: 10, 'validation/accuracy': accuracy } },
    final: { 'train/loss': 1 - accuracy, 'train/accuracy': accuracy, 'validation/accuracy': accuracy },
  });
}

async function writeRun(library: string, record: RunRecord): Promise<void> {
  const folder = join(library, 'runs', record.id);
  await mkdir(folder);
  await writeFile(join(folder, 'run.json'), textOf(record));
}

/** Seconds to open a library and have every record, newest first. */
async function openSeconds(folder: string): Promise<number> {
  const begin = performance.now();
  const { records } = await (await openLibrary(folder)).runs.list();
  if (records.length !== openedRuns) throw new Error(`${String(records.length)} runs were found`);
  return (performance.now() - begin) / 1000;
}

/** Milliseconds to find the runs of a filter with three conditions and put them in order of their accuracy. */
function findMilliseconds(records: readonly RunRecord[]): number {
  const accuracy = ({ best }: RunRecord): number => best?.['validation/accuracy'] ?? -1;
  const begin = performance.now();
  const found = filterRuns(records, 'small seed:1..40 best>=10').toSorted(
    (one, other) => accuracy(other) - accuracy(one),
  );
  const milliseconds = performance.now() - begin;
  if (found.length === 0) throw new Error('the filter found nothing');
  return milliseconds;
}
