import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { evaluateNet } from './evaluation.ts';
import { RunControl } from './run-control.ts';
import { TrainingRun } from './training-run.ts';

const resources = join(import.meta.dirname, '../../resources');
const spec = runSpec.parse({
  method: 'large-batch',
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 60, resize: 7 },
  batchSize: 30,
  microBatchSize: 10,
  learningRate: 0.1,
  steps: 2,
  executor: 'onnx',
});

let library: string;
beforeAll(async () => {
  library = mkdtempSync(join(tmpdir(), 'microbatch-evaluation-'));
  mkdirSync(folder(), { recursive: true });
  await new TrainingRun({
    start: { type: 'start', run: 'trained', spec, folder: folder(), resources, runtimes: runtimes() },
    control: new RunControl(),
    log: { write: () => undefined },
    send: () => undefined,
  }).train();
});
afterAll(() => rmSync(library, { recursive: true }));

const folder = (): string => join(library, 'runs', 'trained');
/** Where no native runtime is installed. */
const runtimes = (): string => join(library, 'runtimes');

const evaluate = (executor: RunSpec['executor']) =>
  evaluateNet(
    {
      ...{
        type: 'evaluate',
        spec: { ...spec, executor },
        net: { from: 'checkpoint', run: folder(), checkpoint: 'last' },
      },
      ...{ split: 'validation', resources, datasets: join(library, 'datasets'), runtimes: runtimes() },
    },
    () => undefined,
  );

describe('an evaluation', () => {
  it('takes the executor of the spec, and says so', async () => {
    expect((await evaluate('onnx')).executor).toBe('onnx');
    expect((await evaluate('tfjs-cpu')).executor).toBe('tfjs-cpu');
  });

  it('takes another one where that of the spec cannot be used here: the run may come from another machine', async () => {
    const there = await evaluate('tfjs-node-gpu');
    expect(there).toEqual(await evaluate('onnx'));
  });
});
