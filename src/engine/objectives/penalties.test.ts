import { describe, expect, it } from 'vitest';
import { drawValues } from '../graph/draws.ts';
import { evaluateReference } from '../graph/reference.ts';
import { elementCount } from '../graph/shapes.ts';
import { methodOf, type MethodSettings } from '../methods/index.ts';
import { bufferSpecifications, parameterSpecifications, type Layer, type ModelDefinition } from '../models/model.ts';
import { initialTensors } from '../training/initialise.ts';
import { microBatchGraph, type Differentiated, type MicroBatchGraph } from '../training/micro-batch.ts';
import { RandomStream } from '../training/random.ts';

type Feeds = Record<string, ArrayLike<number>>;

const wave = (length: number, offset: number): number[] =>
  Array.from({ length }, (_, index) => Math.sin(1.7 * index + offset) + 0.3 * Math.cos(0.9 * index * index));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const squared = (values: ArrayLike<number>): number => Array.from(values).reduce((total, v) => total + v * v, 0);

const penalties: readonly (readonly [string, MethodSettings])[] = [
  ['gradient-norm', { method: 'gradient-norm', lambda: 1 }],
  ['fisher-trace', { method: 'fisher-trace', lambda: 1 }],
  ['average-jacobian', { method: 'average-jacobian', lambda: 1 }],
  ['average-jacobian of the paper', { method: 'average-jacobian', lambda: 1, scale: 'paper' }],
  ['unit-jacobian', { method: 'unit-jacobian', lambda: 1 }],
];

function prepared(model: ModelDefinition, settings: MethodSettings, examples: number) {
  const graph = microBatchGraph(model, methodOf(settings), examples);
  const numbers = RandomStream.named(5, 'draws');
  const pixels = elementCount(model.inputShape);
  const feeds: Feeds = {
    images: wave(examples * pixels, 0),
    labels: Array.from({ length: examples * model.classes }, (_, index) =>
      index % model.classes === Math.floor(index / model.classes) % model.classes ? 1 : 0,
    ),
  };
  for (const [name, data] of Object.entries(initialTensors(parameterSpecifications(model), 3))) {
    feeds[`parameter/${name}`] = data;
  }
  for (const [name, data] of Object.entries(initialTensors(bufferSpecifications(model), 3))) {
    feeds[`buffer/${name}`] = data;
  }
  for (const [name, draw] of Object.entries(graph.draws)) feeds[name] = drawValues(draw, numbers);
  return { graph, feeds };
}

const valueOf = (graph: MicroBatchGraph, feeds: Feeds, { value }: Differentiated): number =>
  evaluateReference(graph.builder, feeds)[value]?.[0] ?? Number.NaN;

const penaltyOf = (graph: MicroBatchGraph): Differentiated => graph.penalty?.value ?? graph.loss;

describe('penalties of a linear model equal their closed forms', () => {
  const classes = 3;
  const examples = 2;
  const inputs = 4;
  const model: ModelDefinition = {
    inputShape: [inputs, 1, 1],
    classes,
    layers: [{ type: 'flatten' }, { type: 'linear', name: 'linear', in: inputs, out: classes }],
  };
  const rows = Array.from({ length: examples }, (_, row) =>
    wave(examples * inputs, 0).slice(row * inputs, (row + 1) * inputs),
  );
  const mean = Array.from({ length: inputs }, (_, column) => sum(rows.map((row) => row[column] ?? 0)) / examples);

  it('average Jacobian: C (|mean x|^2 + 1), and C^2 times less by the scale of the paper', () => {
    const code = prepared(model, { method: 'average-jacobian', lambda: 1 }, examples);
    const paper = prepared(model, { method: 'average-jacobian', lambda: 1, scale: 'paper' }, examples);
    const expected = classes * (squared(mean) + 1);
    expect(valueOf(code.graph, code.feeds, penaltyOf(code.graph))).toBeCloseTo(expected, 12);
    expect(valueOf(paper.graph, paper.feeds, penaltyOf(paper.graph))).toBeCloseTo(expected / classes ** 2, 12);
  });

  it('unit Jacobian: |mean x|^2 + 1 for every direction, and its gradient is zero', () => {
    const { graph, feeds } = prepared(model, { method: 'unit-jacobian', lambda: 1 }, examples);
    for (const direction of [
      [1, 0, 0],
      [0, 0.6, -0.8],
    ]) {
      const value = valueOf(graph, { ...feeds, 'draw/direction': direction }, penaltyOf(graph));
      expect(value).toBeCloseTo(squared(mean) + 1, 12);
    }
    const computed = evaluateReference(graph.builder, feeds);
    for (const id of Object.values(penaltyOf(graph).gradients)) expect(squared(computed[id] ?? [1])).toBeCloseTo(0, 20);
  });

  it('Fisher trace: the mean over all labels, weighted by their probability, is tr(F) / m', () => {
    const { graph, feeds } = prepared(model, { method: 'fisher-trace', lambda: 1 }, examples);
    const logits = evaluateReference(graph.builder, feeds)[graph.logits] ?? new Float64Array();
    const probabilities = rows.map((_, row) => {
      const exponentials = [...logits.subarray(row * classes, (row + 1) * classes)].map(Math.exp);
      return exponentials.map((value) => value / sum(exponentials));
    });
    let expectation = 0;
    for (let first = 0; first < classes; first += 1) {
      for (let second = 0; second < classes; second += 1) {
        // Noise that makes these the greatest entries.
        const noise = [first, classes + second].reduce(
          (values, index) => values.with(index, 1e3),
          new Float64Array(examples * classes),
        );
        const weight = (probabilities[0]?.[first] ?? 0) * (probabilities[1]?.[second] ?? 0);
        expectation += weight * valueOf(graph, { ...feeds, 'draw/labels': noise }, penaltyOf(graph));
      }
    }
    // (1/m^2) sum_i (1 - |p_i|^2) (|x_i|^2 + 1)
    const perImage = rows.map((row, index) => (1 - squared(probabilities[index] ?? [])) * (squared(row) + 1));
    expect(expectation).toBeCloseTo(sum(perImage) / examples ** 2, 10);
  });
});

describe('the unit Jacobian of a net without batch norm', () => {
  it('has the mean || grad fbar ||_F^2 / C over random directions', () => {
    const model: ModelDefinition = {
      inputShape: [3, 1, 1],
      classes: 3,
      layers: [
        { type: 'flatten' },
        { type: 'linear', name: 'a', in: 3, out: 4 },
        { type: 'tanh' },
        { type: 'linear', name: 'b', in: 4, out: 3 },
      ],
    };
    const { graph, feeds } = prepared(model, { method: 'unit-jacobian', lambda: 1 }, 3);
    const at = (direction: readonly number[]): number =>
      valueOf(graph, { ...feeds, 'draw/direction': direction }, penaltyOf(graph));
    const frobenius = at([1, 0, 0]) + at([0, 1, 0]) + at([0, 0, 1]);
    const numbers = RandomStream.named(1, 'directions');
    const values = Array.from({ length: 2000 }, () =>
      at([...drawValues({ shape: [3], law: { kind: 'unit-vector' } }, numbers)]),
    );
    const average = sum(values) / values.length;
    const deviation = Math.sqrt(sum(values.map((value) => (value - average) ** 2)) / values.length);
    expect(Math.abs(average - frobenius / 3)).toBeLessThan(4 * (deviation / Math.sqrt(values.length)));
  });
});

/** A net without kinks: convolution, batch norm, soft-plus, a residual path, tanh, dropout. */
const smooth: ModelDefinition = {
  inputShape: [2, 4, 4],
  classes: 3,
  layers: [
    { type: 'conv2d', name: 'c1', in: 2, out: 3, kernel: 3, stride: 1, padding: 1, bias: false },
    { type: 'batchnorm2d', name: 'n1', features: 3, eps: 1e-5, momentum: 0.1 },
    { type: 'softplus' },
    {
      type: 'residual',
      name: 'r',
      main: [{ type: 'conv2d', name: 'c2', in: 3, out: 2, kernel: 3, stride: 2, padding: 1, bias: true }],
      shortcut: [{ type: 'conv2d', name: 'c3', in: 3, out: 2, kernel: 1, stride: 2, padding: 0, bias: false }],
    },
    { type: 'tanh' },
    { type: 'flatten' },
    { type: 'scale', factor: 2 },
    { type: 'dropout', p: 0.25 },
    { type: 'linear', name: 'l', in: 8, out: 3 },
  ] satisfies Layer[],
};

/** Largest difference from central differences over all entries of all parameters, relative to the largest entry. */
function worstError(graph: MicroBatchGraph, feeds: Feeds, scalar: Differentiated): number {
  const exact = evaluateReference(graph.builder, feeds);
  const height = 1e-5;
  let worst = 0;
  let greatest = 0;
  for (const [name, id] of Object.entries(scalar.gradients)) {
    const key = `parameter/${name}`;
    const base = Float64Array.from(feeds[key] ?? []);
    for (const [index, value] of base.entries()) {
      const at = (shift: number): number =>
        valueOf(graph, { ...feeds, [key]: base.with(index, value + shift) }, scalar);
      const analytic = exact[id]?.[index] ?? Number.NaN;
      worst = Math.max(worst, Math.abs((at(height) - at(-height)) / (2 * height) - analytic));
      greatest = Math.max(greatest, Math.abs(analytic));
    }
  }
  return worst / greatest;
}

describe('the whole gradient on a smooth net equals central differences', () => {
  for (const [name, settings] of penalties) {
    it(`of the penalty ${name}, its draws held fast`, () => {
      const { graph, feeds } = prepared(smooth, settings, 4);
      expect(graph.penalty).toBeDefined();
      expect(worstError(graph, feeds, penaltyOf(graph))).toBeLessThan(1e-6);
    });
  }
});

describe('finite-difference forms on a smooth net', () => {
  const exact = prepared(smooth, { method: 'gradient-norm', lambda: 1 }, 4);
  const expected = evaluateReference(exact.graph.builder, exact.feeds);

  /** norm(approximate - exact) / norm(exact) over the whole penalty gradient. */
  function relativeError(scheme: 'forward' | 'central', radius: number): number {
    const { graph, feeds } = prepared(smooth, { method: 'gradient-norm', lambda: 1, approximation: scheme, radius }, 4);
    const computed = evaluateReference(graph.builder, feeds);
    let difference = 0;
    let norm = 0;
    for (const [name, id] of Object.entries(penaltyOf(graph).gradients)) {
      const truth = expected[penaltyOf(exact.graph).gradients[name] ?? -1] ?? new Float64Array();
      for (const [index, value] of truth.entries()) {
        difference += ((computed[id]?.[index] ?? Number.NaN) - value) ** 2;
        norm += value ** 2;
      }
    }
    return Math.sqrt(difference / norm);
  }

  it('converge to the exact penalty gradient: forward with the radius, central with its square', () => {
    const forward = [1e-2, 1e-3].map((radius) => relativeError('forward', radius));
    const central = [1e-2, 1e-3].map((radius) => relativeError('central', radius));
    expect((forward[0] ?? 0) / (forward[1] ?? 1)).toBeCloseTo(10, 0);
    expect((central[0] ?? 0) / (central[1] ?? 1)).toBeGreaterThan(80);
    expect(forward[1]).toBeLessThan(1e-2);
    expect(central[1]).toBeLessThan(1e-5);
  });
});
