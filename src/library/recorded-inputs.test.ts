import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpecInput } from '../contracts/run-spec.ts';
import { MetricWriter } from './metric-writer.ts';
import { resolveInputs, standInInputs } from './recorded-inputs.ts';

let library = '';
const folder = (run: string): string => join(library, 'runs', run);

const spec = (changes: Partial<RunSpecInput>) =>
  runSpec.parse({
    method: 'external-grafting',
    model: { kind: 'mlp', widths: [] },
    dataset: { id: 'fashion-mnist-small' },
    batchSize: 100,
    microBatchSize: 10,
    learningRate: 0.1,
    steps: 60,
    ...changes,
  });

/** A library with one run that recorded at its first step, every 20 steps and at its last, 50. */
beforeAll(() => {
  library = mkdtempSync(join(tmpdir(), 'traces-'));
  mkdirSync(folder('small-1'), { recursive: true });
  mkdirSync(folder('empty-1'));
  const metrics = new MetricWriter(join(folder('small-1'), 'metrics.sqlite'));
  for (const step of [1, 20, 40, 50]) {
    metrics.append('train/gradient_norm', step, step / 10);
    metrics.append('train/step_length', step, step / 100);
  }
  metrics.close();
  writeFileSync(join(library, 'norms.csv'), 'step,norm\n0,3\n30,1\n');
});
afterAll(() => rmSync(library, { recursive: true }));

describe("a spec's inputs", () => {
  it('are its own numbers where it names no trace', () => {
    const plain = spec({ method: 'iterative-grafting', graft: { norm: 'mean' } });
    expect(resolveInputs(plain, library)).toEqual({ learningRate: 0.1, graftTrace: undefined });
  });

  it("are another run's recorded norms, at the steps whose gradients they measured", () => {
    const grafted = spec({ graft: { trace: { run: 'small-1' } } });
    expect(resolveInputs(grafted, library).graftTrace).toEqual({
      steps: [0, 19, 39, 49],
      values: [0.1, 2, 4, 5],
    });
  });

  it('are the norms of an imported run or trace, whose steps other tools count from 0', () => {
    const imported = (path: string, record: string, tool: string, first: number): void => {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, record), JSON.stringify({ origin: { tool } }));
      const metrics = new MetricWriter(join(path, 'metrics.sqlite'));
      for (const step of [first, first + 30]) metrics.append('train/gradient_norm', step, step);
      metrics.close();
    };
    imported(folder('wandb-1'), 'run.json', 'wandb', 0);
    imported(folder('late-1'), 'run.json', 'csv', 1);
    imported(folder('own-1'), 'run.json', 'microbatch', 1);
    imported(join(library, 'traces', 'trace-1'), 'trace.json', 'tensorboard', 0);
    const stepsOf = (run: string) =>
      resolveInputs(spec({ graft: { trace: { run } }, steps: 30 }), library).graftTrace?.steps;
    expect(stepsOf('wandb-1')).toEqual([0, 30]);
    expect(stepsOf('own-1')).toEqual([0, 30]);
    expect(stepsOf('trace-1')).toEqual([0, 30]);
    expect(() => stepsOf('late-1')).toThrow('the trace begins at step 1');
  });

  it('are a column of a file', () => {
    const source = { file: join(library, 'norms.csv'), column: 'norm' };
    const { graftTrace } = resolveInputs(spec({ graft: { trace: source, mode: 'linear' } }), library);
    expect(graftTrace).toEqual({ steps: [0, 30], values: [3, 1] });
  });

  it('are the mean step length of another run for a normalized gradient', () => {
    const ofRun = spec({ method: 'normalized-gradient', learningRate: { trace: { run: 'small-1' } } });
    expect(resolveInputs(ofRun, library).learningRate).toBeCloseTo((0.01 + 0.2 + 0.4 + 0.5) / 4, 12);
    const source = { file: join(library, 'norms.csv') };
    const ofFile = spec({ method: 'normalized-gradient', learningRate: { trace: source, column: 'norm' } });
    expect(resolveInputs(ofFile, library).learningRate).toBe(2);
  });

  it('are refused before the run starts where the trace does not reach its end', () => {
    const trace = { trace: { run: 'small-1' } };
    // 50 + a period of 19 or 20 steps.
    expect(() => resolveInputs(spec({ graft: trace, steps: 68 }), library)).not.toThrow();
    expect(() => resolveInputs(spec({ graft: trace, steps: 70 }), library)).toThrow('the trace ends before step 69');
  });

  it('are refused where the run or what it should have recorded is missing', () => {
    for (const run of ['unknown-1', 'empty-1']) {
      expect(() => resolveInputs(spec({ graft: { trace: { run } } }), library)).toThrow(
        `run ${run} has no recorded series train/gradient_norm`,
      );
    }
    const path = join(library, 'zeros.csv');
    writeFileSync(path, 'step,norm\n0,0\n');
    const zero = spec({ method: 'normalized-gradient', learningRate: { trace: { file: path, column: 'norm' } } });
    expect(() => resolveInputs(zero, library)).toThrow('which is no step length');
  });

  it('have stand-ins that read nothing, for measuring what a step costs', () => {
    const grafted = spec({ graft: { trace: { run: 'unknown-1' } } });
    expect(standInInputs(grafted).learningRate).toBe(0.1);
    expect(standInInputs(grafted).graftTrace?.steps).toHaveLength(2);
  });
});
