import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importDocument, runDocument, sweepsDocument } from '../../src/contracts/command-documents.ts';
import type { SpecifiedRun } from '../../src/contracts/run-record.ts';
import { openLibrary } from '../../src/library/library.ts';
import { MetricWriter } from '../../src/library/metric-writer.ts';
import { RunStore } from '../../src/library/run-store.ts';
import { runOf } from '../comparison-runs.ts';
import { runVerb } from './host.ts';

/** What screens can be opened at. */
export interface FilledLibrary {
  /** A run that was trained here, with checkpoints. */
  readonly trained: string;
  readonly sweep: string;
  /** Weights of that run, exported and imported again. */
  readonly weights: string;
}

const methods = ['small-batch', 'large-batch', 'gradient-norm'] as const;
const level = { 'small-batch': 0.91, 'large-batch': 0.86, 'gradient-norm': 0.895 };
const steps = 100;

const small = {
  method: 'small-batch',
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 64, resize: 7 },
  batchSize: 16,
  learningRate: 0.05,
  steps: 60,
  logEvery: 2,
  evaluateEvery: 20,
  checkpoints: { every: 20 },
};

/**
 * Fills a library with `count` runs in every state that a record can rest in, with curves by formula; and with one run,
 * its imported weights, one sweep and a paused queue that the commands make.
 */
export async function fillLibrary(folder: string, count: number): Promise<FilledLibrary> {
  const library = await openLibrary(folder, { create: true, write: true });
  const store = new RunStore(library.folder, false);
  for (let index = 0; index < count; index += 1) {
    const run = finishedRun(index);
    await store.create(run);
    record(library.runs.metricsFile(run.id), run);
  }
  const specs = await mkdtemp(join(tmpdir(), 'microbatch-specs-'));
  const verb = (...parameters: string[]): Promise<string> => runVerb(...parameters, '--library', folder);
  await writeFile(join(specs, 'run.json'), JSON.stringify(small));
  const text = await verb('run', '--spec', join(specs, 'run.json'), '--name', 'Trained here', '--json');
  const trained = runDocument.parse(JSON.parse(text)).runs[0]?.run ?? '';
  const net = join(specs, 'net.safetensors');
  await verb('export', trained, '--format', 'safetensors', '--out', net);
  const [weights] = importDocument.parse(JSON.parse(await verb('import', net, '--json'))).imported;
  await verb('queue', 'pause');
  await writeFile(
    join(specs, 'sweep.json'),
    JSON.stringify({ base: { ...small, steps: 80 }, axes: { learningRate: [0.02, 0.1], seed: [1, 2, 3] } }),
  );
  await verb('sweep', '--spec', join(specs, 'sweep.json'), '--queue');
  const { sweeps } = sweepsDocument.parse(JSON.parse(await verb('sweep', '--list', '--json')));
  await rm(specs, { recursive: true, force: true });
  return { trained, sweep: sweeps[0]?.sweep ?? '', weights: weights?.id ?? '' };
}

/** Some of every ten ended early, each for its own reason. */
function finishedRun(index: number): SpecifiedRun {
  const method = methods[index % methods.length] ?? 'small-batch';
  const seed = Math.floor(index / methods.length);
  const endings: readonly Partial<SpecifiedRun>[] = [
    { status: 'stopped', step: 40 },
    { status: 'diverged', step: 12 },
    { status: 'failed', step: 3, error: { code: 'metrics/cannot-write', message: 'the disk is full' } },
    { status: 'interrupted', step: 71, error: { code: 'runner/died', message: 'the training process ended' } },
  ];
  const ending = index < 24 ? {} : (endings[index % 40] ?? {});
  const run = runOf(method, seed, 100 * (level[method] + 0.01 * Math.sin(index)), {}, { step: steps, ...ending });
  return { ...run, seconds: 75 + index, startedAt: run.createdAt, endedAt: run.createdAt };
}

function record(file: string, run: SpecifiedRun): void {
  const writer = new MetricWriter(file);
  const best = run.best?.['validation/accuracy'] ?? 0;
  for (let step = 5; step <= run.step; step += 5) {
    const share = 1 - Math.exp(-step / 25);
    writer.append('train/loss', step, 2.3 * (1 - 0.9 * share));
    writer.append('train/gradient_norm', step, 1.5 - share);
    writer.append('validation/accuracy', step, 0.1 + (best - 0.1) * share);
    writer.append('system/seconds', step, step * 0.75);
  }
  writer.close();
}
