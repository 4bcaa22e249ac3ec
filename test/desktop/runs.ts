import { runSpec } from '../../src/contracts/run-spec.ts';
import type { RunSpec } from '../../src/contracts/run-spec.ts';
import type { Application } from './application.ts';

export const tinySpec = runSpec.parse({
  method: 'gradient-norm',
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 64, resize: 14 },
  batchSize: 32,
  microBatchSize: 16,
  learningRate: 0.1,
  lambda: 0.01,
  steps: 12,
  logEvery: 2,
  evaluateEvery: 6,
});

/** Trains until it is ended. */
export const endlessSpec: RunSpec = { ...tinySpec, steps: 10_000_000 };

export async function startRun(application: Application, spec: RunSpec): Promise<string> {
  const [record] = await application.call('runs.create', { spec, seeds: [7] });
  return String(record?.id);
}

/** Starts a run that goes on, and waits until it has taken steps. */
export async function startEndlessRun(application: Application): Promise<string> {
  const run = await startRun(application, endlessSpec);
  await application.until(async () => (await application.call('runs.get', { run })).step > 0);
  return run;
}

export async function statusOf(application: Application, run: string): Promise<string> {
  return (await application.call('runs.get', { run })).status;
}
