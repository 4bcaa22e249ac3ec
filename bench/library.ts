import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { filterRuns } from '../src/contracts/run-filter.ts';
import { runHistoryEntry } from '../src/contracts/run-record.ts';
import type { RunOrigin, RunRecord } from '../src/contracts/run-record.ts';
import { openLibrary } from '../src/library/library.ts';
import { textOf } from '../src/library/record-file.ts';
import { RunIndex } from '../src/library/run-index.ts';
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
    const withoutIndex: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await rm(join(folder, 'index.sqlite'), { force: true });
      const seconds = await openSeconds(folder);
      say(`round ${String(round)}: open without index ${seconds.toFixed(2)} s`);
      withoutIndex.push(seconds);
      await indexed(folder);
    }
    const records = Array.from({ length: filteredRuns }, (_, run) => recordOf(run));
    const opened: number[] = [];
    const found: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const seconds = await openSeconds(folder);
      await indexed(folder);
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
        limitRow('5,000 runs', 'open without index', 's', { rounds: withoutIndex, limit: 1, better: 'lower' }),
        limitRow('10,000 runs', 'filter and sort', 'ms', { rounds: found, limit: 50, better: 'lower' }),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every other run is one that was imported with fifty settings, the others are trained ones with all that they record. */
function recordOf(run: number): RunRecord {
  const id = `run-${String(run).padStart(6, '0')}`;
  const createdAt = new Date(1.78e12 + ((run * 7919) % 100_003) * 1000).toISOString();
  const accuracy = ((run * 31) % 1000) / 1000;
  const { spec } = recordFixture();
  const names = [
    'loss',
    'objective',
    'penalty',
    'accuracy',
    'gradient_norm',
    'step_length',
    'top5',
    'calibration_error',
  ];
  const series = ['train', 'validation', 'instrument', 'system'].flatMap((group) =>
    names.map((name) => `${group}/${name}`),
  );
  const record = recordFixture({
    ...{ id, name: `Run ${String(run)}`, status: 'done', createdAt, startedAt: createdAt, endedAt: createdAt },
    ...{ spec: { ...spec, seed: run % 50 }, step: 10, seconds: 1, best: { step: 10, 'validation/accuracy': accuracy } },
    final: {
      ...Object.fromEntries(series.map((name, index) => [name, (run + 1) / (index + 3)])),
      ...{ 'train/loss': 1 - accuracy, 'train/accuracy': accuracy, 'validation/accuracy': accuracy },
    },
    history: ['created', 'started', 'paused', 'resumed', 'done'].map((event) => ({
      ...{ at: createdAt, event: runHistoryEntry.shape.event.parse(event), step: 10 },
    })),
    provenance: trainedSomewhere,
  });
  return run % 2 === 0 ? record : { ...record, origin: importedWithSettings(run) };
}

const words: [number, number, number, number] = [3_145_575_640, 3_209_879_338, 494_260_297, 476_601_634];
const trainedSomewhere: RunRecord['provenance'] = {
  ...{ app: '0.1.0', node: process.version, platform: 'linux x64', dataHash: 'cf29d1b3'.repeat(8) },
  streams: { order: words, augmentation: words, dropout: words, penalty: words, choice: words },
  starts: [
    {
      ...{ app: '0.1.0', commit: 'b7cc1dde'.repeat(5), engine: 'b7c4f2e7'.repeat(8), at: '2026-11-25T10:00:00.000Z' },
      ...{ step: 0, executor: 'onnx', device: 'CPU, 1 thread', version: 'onnxruntime-node 1.30.0', threads: 1 },
      machine: {
        ...{ host: 'lab', platform: 'linux x64 6.8.0', processor: 'AMD EPYC', cores: 64, memoryBytes: 2.5e11 },
        ...{ graphicsCards: null, node: process.version },
      },
    },
  ],
};

const importedWithSettings = (run: number): RunOrigin => ({
  ...{ kind: 'imported', tool: 'wandb', file: `run-${String(run)}.json`, sha256: '912bbc5b'.repeat(8), part: null },
  ...{ importedAt: '2026-11-25T10:00:00.000Z', renamed: [], notes: [] },
  settings: Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [
      `group.setting_${String(index)}`,
      index % 3 === 0 ? 'adam' : run / index,
    ]),
  ),
});

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

/** Resolves once the index holds every run: it is completed behind the list. */
async function indexed(folder: string): Promise<void> {
  while (new RunIndex(folder, true).read().size < openedRuns) await wait(100);
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
