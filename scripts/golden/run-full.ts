import type { Executor, ProgramFunction, Session } from '../../src/engine/executors/executor.ts';
import type { NodeId, Shape } from '../../src/engine/graph/graph.ts';
import { finishFunction } from '../../src/engine/graph/program.ts';
import { elementCount } from '../../src/engine/graph/shapes.ts';
import { methodOf, type MethodSettings } from '../../src/engine/methods/index.ts';
import { largeBatch } from '../../src/engine/methods/large-batch.ts';
import { bufferSpecifications, parameterSpecifications, type ModelDefinition } from '../../src/engine/models/model.ts';
import { crossEntropyOf } from '../../src/engine/training/evaluate.ts';
import { microBatchGraph, type DrawInputs, type MicroBatchGraph } from '../../src/engine/training/micro-batch.ts';
import { trainingProgram } from '../../src/engine/training/program.ts';
import { Checks, type Worst } from './checks.ts';
import { readFullCase, type FullCase, type FullFigures, type TensorFigures } from './full-case.ts';
import { recipeProbe } from './number-recipe.ts';
import { oneHot } from './tensors.ts';

/** Limits of full-size networks: one crossed ReLU kink moves these figures by about as much. */
const limits = { logit: 1e-4, figure: 2e-3, tensorNorm: 1e-2, probe: 1e-1, zero: 1e-5, running: 1e-5 } as const;

/** Penalties by their names in a case; the first is taken apart, of the others only the value is compared. */
const penalties: readonly (readonly [keyof FullFigures['expected']['penalties'], MethodSettings])[] = [
  ['RegLoss', { method: 'gradient-norm', lambda: 1 }],
  ['FishLoss', { method: 'fisher-trace', lambda: 1 }],
  ['AvgJacLoss', { method: 'average-jacobian', lambda: 1 }],
  ['UnitJacLoss', { method: 'unit-jacobian', lambda: 1 }],
];

type Fetched = Readonly<Record<string, Float32Array>>;

/** One train-mode pass, one evaluation pass, loss and penalty gradients and all four penalties of a full-size network. */
export async function runFullCase(path: string, executor: Executor): Promise<Worst> {
  const golden = readFullCase(path);
  const { figures, model, images } = golden;
  const checks = new Checks();
  const specifications = parameterSpecifications(model);
  checks.exact('parameter tensors', specifications.length, figures.network.parameter_tensors);
  const count = specifications.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  checks.exact('parameters', count, figures.reduced_form?.parameter_count ?? figures.network.parameter_count);

  const examples = figures.inputs.y.length;
  const graphs = penalties.map(([name, settings]) => ({
    name,
    graph: microBatchGraph(model, methodOf(settings), examples),
  }));
  const session = await openSession(golden, executor, graphs);
  try {
    const labels = oneHot(figures.inputs.y, model.classes);
    for (const { name, graph } of graphs) {
      const fetched = await session.run(name, { images, labels, ...drawn(golden, graph.draws) });
      relative(checks, `penalty of ${name}`, first(fetched, 'penalty'), figures.expected.penalties[name]);
      if (name === 'RegLoss') checkTrainingPass(checks, golden, fetched);
    }
    const { logits = new Float32Array() } = await session.run('evaluate', { images });
    checkLogits(checks, 'evaluation logits', logits, figures.expected.logits_eval);
    relative(checks, 'evaluation loss', meanLoss(logits, figures.inputs.y), figures.expected.loss_eval);
  } finally {
    await session.dispose();
  }
  return checks.worst;
}

async function openSession(
  { model, values, figures }: FullCase,
  executor: Executor,
  graphs: readonly { readonly name: string; readonly graph: MicroBatchGraph }[],
): Promise<Session> {
  const state: Record<string, Shape> = {};
  for (const { name, shape } of parameterSpecifications(model)) state[`parameter/${name}`] = shape;
  for (const { name, shape } of bufferSpecifications(model)) state[`buffer/${name}`] = shape;
  const functions: Record<string, ProgramFunction> = { evaluate: evaluation(model, figures.inputs.y.length) };
  for (const { name, graph } of graphs) functions[name] = openedFunction(graph, name === 'RegLoss');
  const session = await executor.load({ state, functions });
  for (const full of Object.keys(state)) await session.write(full, values(full.slice(full.indexOf('/') + 1)));
  return session;
}

/** The program's own evaluation. */
function evaluation(model: ModelDefinition, examples: number): ProgramFunction {
  const { functions } = trainingProgram({
    model,
    method: largeBatch,
    microBatchSizes: [],
    microBatches: 1,
    evaluationSize: examples,
  });
  const found = functions['evaluate'];
  if (found === undefined) throw new Error('the training program has no evaluation');
  return found;
}

/** A micro-batch graph with its penalty fetched, and everything else where `whole`. */
function openedFunction(graph: MicroBatchGraph, whole: boolean): ProgramFunction {
  const { builder, images, oneHot: labels, draws, penalty, loss, logits, correct, buffersAfter } = graph;
  const fetches: Record<string, NodeId> = { penalty: penalty?.value.value ?? loss.value };
  if (whole) {
    Object.assign(fetches, { logits, correct, loss: loss.value }, prefixed('loss_grad', loss.gradients));
    Object.assign(fetches, prefixed('penalty_grad', penalty?.value.gradients ?? {}), prefixed('after', buffersAfter));
  }
  return finishFunction(builder, {
    feeds: {
      images,
      labels,
      ...Object.fromEntries(Object.entries(draws).map(([name, { node }]) => [name, node])),
    },
    reads: { ...prefixed('parameter', graph.parameters), ...prefixed('buffer', graph.buffers) },
    fetches,
    updates: {},
  });
}

function drawn({ figures, model }: FullCase, draws: DrawInputs): Fetched {
  return Object.fromEntries(
    Object.entries(draws).map(([name, { shape, law }]) => {
      switch (law.kind) {
        case 'gumbel':
          return [name, oneHot(figures.inputs.labels, model.classes, 1e4)];
        case 'unit-vector':
          return [name, Float32Array.from(figures.inputs.u)];
        case 'dropout':
          return [name, new Float32Array(elementCount(shape)).fill(1)];
      }
    }),
  );
}

function checkTrainingPass(checks: Checks, golden: FullCase, fetched: Fetched): void {
  const { expected } = golden.figures;
  checkLogits(checks, 'training logits', fetched['logits'] ?? new Float32Array(), expected.logits_train);
  checks.exact('correct', first(fetched, 'correct'), expected.correct_train);
  relative(checks, 'training loss', first(fetched, 'loss'), expected.loss_train);
  for (const kind of ['loss_grad', 'penalty_grad'] as const) {
    const tensors = Object.entries(expected.per_tensor).map(([name, wanted]) => {
      const data = fetched[`${kind}/${name}`] ?? new Float32Array();
      return { name, wanted, data, norm: Math.sqrt(data.reduce((sum, value) => sum + value * value, 0)) };
    });
    const globalNorm = expected[`${kind}_norm`];
    relative(checks, `${kind} norm`, Math.hypot(...tensors.map(({ norm }) => norm)), globalNorm);
    for (const { name, wanted, data, norm } of tensors) {
      checkTensor(checks, golden, { kind, name, wanted, data, norm, globalNorm });
    }
  }
  for (const [name, { norm, first: entry }] of Object.entries(expected.running_after_one_train_forward)) {
    const data = fetched[`after/${name}`] ?? new Float32Array();
    checks.record(`${name} after the pass`, Math.abs((data[0] ?? Number.NaN) - entry), limits.running);
    relative(checks, `norm of ${name} after the pass`, Math.hypot(...data), norm);
  }
}

function checkTensor(
  checks: Checks,
  { figures, reduced }: FullCase,
  {
    kind,
    name,
    wanted,
    data,
    norm,
    globalNorm,
  }: {
    readonly kind: 'loss_grad' | 'penalty_grad';
    readonly name: string;
    readonly wanted: TensorFigures;
    readonly data: Float32Array;
    readonly norm: number;
    readonly globalNorm: number;
  },
): void {
  if (wanted.zero === true) {
    checks.record(`${kind} of ${name}, which is zero`, norm / globalNorm, limits.zero);
    return;
  }
  checks.record(`${kind} norm of ${name}`, Math.abs(norm - wanted[kind]) / wanted[kind], limits.tensorNorm);
  if (name === `${reduced ?? ''}.weight`) return;
  const probe = recipeProbe(figures.salt, name, data);
  checks.record(`${kind} probe of ${name}`, Math.abs(probe - wanted[`${kind}_probe`]) / wanted[kind], limits.probe);
}

function checkLogits(
  checks: Checks,
  quantity: string,
  actual: Float32Array,
  expected: readonly (readonly number[])[],
): void {
  checks.absolute(quantity, actual, expected.flat(), limits.logit);
}

function relative(checks: Checks, quantity: string, actual: number, expected: number): void {
  checks.record(quantity, Math.abs(actual - expected) / Math.abs(expected), limits.figure);
}

function meanLoss(logits: Float32Array, labels: readonly number[]): number {
  const classes = logits.length / labels.length;
  const losses = labels.map((label, example) =>
    crossEntropyOf(logits.subarray(example * classes, (example + 1) * classes), label),
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / labels.length;
}

function first(fetched: Fetched, name: string): number {
  return fetched[name]?.[0] ?? Number.NaN;
}

function prefixed(prefix: string, names: Readonly<Record<string, NodeId>>): Record<string, NodeId> {
  return Object.fromEntries(Object.entries(names).map(([name, id]) => [`${prefix}/${name}`, id]));
}
