import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instrumentIds, instruments as table } from '../../contracts/instruments.ts';
import type { InstrumentId } from '../../contracts/instruments.ts';
import { seriesDescription } from '../../contracts/series.ts';
import type { Executor } from '../executors/executor.ts';
import { openExecutor } from '../executors/registry.ts';
import { methodOf, type MethodSettings } from '../methods/index.ts';
import type { ModelDefinition } from '../models/model.ts';
import { RandomStream } from '../training/random.ts';
import { exampleData, exampleModel, exampleTrainer } from '../training/trainer-fixture.ts';
import type { StepResult, Trainer } from '../training/trainer.ts';
import { openInstruments } from './index.ts';
import type { Instrument, InstrumentSetup } from './instrument.ts';
import { MeasuredImages } from './measured-images.ts';

/** One linear layer: softmax regression, whose derivatives have closed forms. */
const linearModel: ModelDefinition = {
  inputShape: [1, 2, 2],
  classes: 3,
  layers: [{ type: 'flatten' }, { type: 'linear', name: 'l', in: 4, out: 3 }],
};
const linearData = exampleData(22, [1, 2, 2]);
const penalised: MethodSettings = { method: 'gradient-norm', lambda: 0.01 };

let executor: Executor;
beforeAll(async () => {
  executor = await openExecutor('tfjs-cpu', { threads: 1 });
});

function setupOf(settings: MethodSettings, changes: Partial<InstrumentSetup> = {}): InstrumentSetup {
  const method = methodOf(settings);
  return {
    executor,
    model: linearModel,
    method,
    batchSize: 12,
    microBatchSize: 4,
    seed: 5,
    data: linearData,
    ...changes,
  };
}

const opened: Instrument[] = [];
afterAll(async () => {
  for (const instrument of opened) await instrument.dispose();
});

/** The first step of a linear model as one instrument sees it, with the parameters before and after. */
async function measure(id: InstrumentId, settings: MethodSettings = penalised, microBatchSize = 4) {
  const trainer = await exampleTrainer(executor, settings, { model: linearModel, data: linearData, microBatchSize });
  const before = await trainer.parameters();
  const result = await trainer.takeStep();
  const after = await trainer.parameters();
  await trainer.dispose();
  const instruments = await openInstruments([id], setupOf(settings, { microBatchSize }));
  opened.push(...instruments);
  const values = await instruments[0]?.measure({ result, before, after: () => Promise.resolve(after) });
  return { values: values ?? {}, before, after, result };
}

interface Example {
  /** The image and a last 1, which the bias multiplies. */
  readonly x: readonly number[];
  readonly label: number;
  /** softmax(W x + b). */
  readonly p: readonly number[];
}

type Weights = Readonly<Record<string, Float32Array>>;

function examplesOf(weights: Weights, batches: Iterable<{ images: Float32Array; oneHot: Float32Array }>): Example[][] {
  return [...batches].map(({ images, oneHot }) =>
    Array.from({ length: oneHot.length / 3 }, (_, index): Example => {
      const x = [...images.subarray(index * 4, index * 4 + 4), 1];
      const powers = [0, 1, 2].map((c) => {
        const w = [...(weights['l.weight'] ?? []).slice(c * 4, c * 4 + 4), weights['l.bias']?.[c] ?? Number.NaN];
        return Math.exp(dot(w, x));
      });
      const sum = powers.reduce((a, b) => a + b);
      return { x, label: oneHot.indexOf(1, index * 3) - index * 3, p: powers.map((power) => power / sum) };
    }),
  );
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
const norm = (a: readonly number[]): number => Math.sqrt(dot(a, a));
const mean = (rows: readonly (readonly number[])[]): number[] =>
  (rows[0] ?? []).map((_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0) / rows.length);

/** (p - y) x^T, class by class. */
const exampleGradient = ({ x, label, p }: Example): number[] =>
  p.flatMap((value, c) => x.map((entry) => (value - (c === label ? 1 : 0)) * entry));

/** H v of one example: (diag p - p p^T) applied to the logits' change, times x^T. */
function exampleProduct({ x, p }: Example, v: readonly number[]): number[] {
  const change = p.map((_, c) => dot(v.slice(c * 5, c * 5 + 5), x));
  const along = dot(p, change);
  return p.flatMap((value, c) => x.map((entry) => value * ((change[c] ?? 0) - along) * entry));
}

const batchImages = (microBatchSize = 4, settings: MethodSettings = penalised) =>
  new MeasuredImages(setupOf(settings, { microBatchSize }));

describe('instruments on softmax regression, against closed forms', () => {
  it('gradient-norm and micro-gradient-norm: (p - y) x^T, averaged', async () => {
    const { values, before } = await measure('gradient-norm');
    const micro = examplesOf(before, batchImages().batch(1)).map((batch) => mean(batch.map(exampleGradient)));
    expect(micro).toHaveLength(3);
    expect(values['instrument/gradient_norm']).toBeCloseTo(norm(mean(micro)), 5);
    const spread = (await measure('micro-gradient-norm')).values;
    const norms = micro.map(norm);
    const [centre = 0] = mean(norms.map((value) => [value]));
    expect(spread['instrument/micro_gradient_norm_mean']).toBeCloseTo(centre, 5);
    expect(spread['instrument/micro_gradient_norm']).toBeCloseTo(norm(norms) / Math.sqrt(3), 5);
    const variance = norms.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 2;
    expect(spread['instrument/micro_gradient_norm_spread']).toBeCloseTo(Math.sqrt(variance), 5);
  });

  it('penalty-gradient-norm: P is 2 H g, micro-batch by micro-batch', async () => {
    const { values, before } = await measure('penalty-gradient-norm');
    const batches = examplesOf(before, batchImages().batch(1));
    const gradients = batches.map((batch) => mean(batch.map(exampleGradient)));
    const products = batches.map((batch, index) =>
      mean(batch.map((example) => exampleProduct(example, gradients[index] ?? []))).map((value) => 2 * value),
    );
    const [g, p] = [mean(gradients), mean(products)];
    expect(values['instrument/penalty_gradient_norm']).toBeCloseTo(norm(p), 4);
    expect(values['instrument/penalty_gradient_cosine']).toBeCloseTo(dot(g, p) / norm(g) / norm(p), 5);
  });

  it('fisher-trace: labels drawn from p by the stream of the step', async () => {
    const { values, before } = await measure('fisher-trace');
    const stream = RandomStream.named(5, 'instrument/fisher-trace/1');
    const squares = examplesOf(before, batchImages().batch(1)).map((batch) => {
      const drawn = batch.map((example) => {
        const keys = example.p.map((value) => Math.log(value) - Math.log(-Math.log(1 - stream.uniform())));
        return { ...example, label: keys.indexOf(Math.max(...keys)) };
      });
      return norm(mean(drawn.map(exampleGradient))) ** 2;
    });
    expect(values['instrument/fisher_trace']).toBeCloseTo((4 * squares.reduce((a, b) => a + b)) / 3, 4);
  });

  it('unit-jacobian-norm: norm(u) norm(mean x) = norm(mean x), whatever u', async () => {
    const { values, before } = await measure('unit-jacobian-norm');
    const squares = examplesOf(before, batchImages().batch(1)).map((batch) => norm(mean(batch.map(({ x }) => x))) ** 2);
    const expected = Math.sqrt(squares.reduce((a, b) => a + b) / 3);
    expect(values['instrument/unit_jacobian_norm']).toBeCloseTo(expected, 5);
  });

  it('hessian-top and hessian-trace: of the mean of (diag p - p p^T) x x^T over the fixed subset', async () => {
    const { values, before } = await measure('hessian-top');
    const all = examplesOf(before, batchImages().subset()).flat();
    expect(all).toHaveLength(20);
    const multiply = (v: readonly number[]): number[] => mean(all.map((example) => exampleProduct(example, v)));
    // The power method: H is positive semi-definite here.
    let v: readonly number[] = Array.from({ length: 15 }, (_, index) => Math.sin(index + 1));
    for (let turn = 0; turn < 3000; turn += 1) {
      const product = multiply(v);
      v = product.map((value) => value / norm(product));
    }
    expect(values['instrument/hessian_top']).toBeCloseTo(dot(v, multiply(v)), 3);

    const stream = RandomStream.named(5, 'instrument/hessian-trace/1');
    const estimates = Array.from({ length: 8 }, () => {
      const drawn = Array.from({ length: 15 }, () => (stream.uniform() < 0.5 ? -1 : 1));
      // The engine's vectors hold l.weight [3, 4], then l.bias [3].
      const signs = [0, 1, 2].flatMap((c) => [...drawn.slice(c * 4, c * 4 + 4), drawn[12 + c] ?? 0]);
      return dot(signs, multiply(signs));
    });
    const [centre = 0] = mean(estimates.map((value) => [value]));
    const trace = (await measure('hessian-trace')).values;
    expect(trace['instrument/hessian_trace']).toBeCloseTo(centre, 3);
    const squares = estimates.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    expect(trace['instrument/hessian_trace_error']).toBeCloseTo(Math.sqrt(squares / 7 / 8), 3);
    const exact = all.reduce((sum, { x, p }) => sum + (1 - dot(p, p)) * dot(x, x), 0) / all.length;
    expect(Math.abs(centre - exact)).toBeLessThan(5 * (trace['instrument/hessian_trace_error'] ?? 0));
  });

  it('gradient-noise-scale: its two estimates give back both squared norms, from the step and from a batch', async () => {
    const { values, result } = await measure('gradient-noise-scale');
    const { 'instrument/noise_scale_signal': signal = 0, 'instrument/noise_scale_noise': noise = 0 } = values;
    expect(signal + noise / 4).toBeCloseTo(result.scalars['train/micro_gradient_norm_squared'] ?? 0, 5);
    expect(signal + noise / 12).toBeCloseTo((result.scalars['train/loss_gradient_norm'] ?? 0) ** 2, 5);
    expect(values['instrument/noise_scale']).toBeCloseTo(noise / signal, 5);

    const small: MethodSettings = { method: 'small-batch' };
    const fresh = await measure('gradient-noise-scale', small);
    const batches = examplesOf(fresh.before, batchImages(4, small).batch(1));
    expect(batches).toHaveLength(5);
    const gradients = batches.map((batch) => mean(batch.map(exampleGradient)));
    const { 'instrument/noise_scale_signal': s = 0, 'instrument/noise_scale_noise': n = 0 } = fresh.values;
    expect(s + n / 20).toBeCloseTo(norm(mean(gradients)) ** 2, 5);
    expect(s + n / 4).toBeCloseTo(gradients.reduce((sum, g) => sum + dot(g, g), 0) / 5, 5);
  });

  it('distance-from-initialisation is nothing at first; update-to-weight is the step over the weights', async () => {
    expect((await measure('distance-from-initialisation')).values).toEqual({
      'instrument/distance_from_initialisation': 0,
    });
    const { values, before, after, result } = await measure('update-to-weight');
    const flat = (weights: Weights): number[] => Object.values(weights).flatMap((tensor) => [...tensor]);
    const ratio = (result.scalars['train/step_length'] ?? 0) / norm(flat(before));
    expect(values['instrument/update_to_weight']).toBeCloseTo(ratio, 5);
    expect(values['instrument/update_to_weight/l']).toBe(values['instrument/update_to_weight']);
    expect(flat(after)).not.toEqual(flat(before));
    const [distance] = await openInstruments(['distance-from-initialisation'], setupOf(penalised));
    const moved = await distance?.measure({ result, before: after, after: () => Promise.resolve(after) });
    expect(moved?.['instrument/distance_from_initialisation']).toBeCloseTo(result.scalars['train/step_length'] ?? 0, 5);
  });
});

describe('training under instruments', () => {
  it('goes on byte for byte as without them, batch statistics and dropout included', async () => {
    const onnx = await openExecutor('onnx', { threads: 1 });
    const trainers: Trainer[] = [await exampleTrainer(onnx, penalised), await exampleTrainer(onnx, penalised)];
    const [watched, alone] = trainers;
    const setup = setupOf(penalised, { executor: onnx, model: exampleModel, data: exampleData(22) });
    const instruments = await openInstruments(instrumentIds, setup);
    const described = new Set(table.flatMap(({ series }) => series));
    for (let step = 0; step < 3; step += 1) {
      const before = (await watched?.parameters()) ?? {};
      const result: StepResult | undefined = await watched?.takeStep();
      await alone?.takeStep();
      if (result === undefined) throw new Error('no step was taken');
      const after = async () => (await watched?.parameters()) ?? {};
      for (const instrument of instruments) {
        const values = await instrument.measure({ result, before, after });
        for (const [name, value] of Object.entries(values)) {
          expect(value, name).not.toBeNaN();
          expect(described.has(name) || name.startsWith('instrument/update_to_weight/'), name).toBe(true);
        }
      }
    }
    expect(await watched?.capture()).toEqual(await alone?.capture());
    for (const owner of [...instruments, ...trainers]) await owner.dispose();
  });
});

describe('the table of instruments', () => {
  it('names series of the catalogue only, every instrument once', () => {
    expect(table.map(({ id }) => id)).toEqual([...instrumentIds]);
    for (const name of table.flatMap(({ series }) => series))
      expect(seriesDescription(name).formula, name).not.toBe('');
  });

  it('is refused where there is nothing to measure', async () => {
    const large = setupOf({ method: 'large-batch' });
    await expect(openInstruments(['penalty-gradient-norm'], large)).rejects.toMatchObject({
      code: 'instrument/no-penalty',
    });
    const whole = setupOf({ method: 'large-batch' }, { microBatchSize: 22, batchSize: 22 });
    await expect(openInstruments(['gradient-noise-scale'], whole)).rejects.toMatchObject({
      code: 'instrument/one-micro-batch',
    });
  });
});
