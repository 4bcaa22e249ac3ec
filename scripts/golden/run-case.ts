import type { Executor } from '../../src/engine/executors/executor.ts';
import type { Ascent, Method } from '../../src/engine/methods/method.ts';
import { bufferSpecifications, parameterSpecifications } from '../../src/engine/models/model.ts';
import {
  accumulateGroup,
  applyGroup,
  type AccumulatedGroup,
  type GroupMember,
} from '../../src/engine/training/group-step.ts';
import type { ImageBatch } from '../../src/engine/training/data-source.ts';
import { stepScalars } from '../../src/engine/training/step-scalars.ts';
import { TrainingSession, type DrawSource } from '../../src/engine/training/training-session.ts';
import type { GoldenCase, StepFigures } from './case.ts';
import { checkEvaluation } from './check-evaluation.ts';
import { checkGroup, checkMicroBatch, checkStep } from './check-step.ts';
import { checkEach, checkTensors, type Tensors } from './check-tensors.ts';
import { Checks, limits, type Worst } from './checks.ts';
import { Inspection, type Inspected } from './inspection.ts';
import { badCase, floats, integers, oneHot } from './tensors.ts';

/** Trains a case as its file says, compares everything that it offers, and gives the comparison nearest to its limit. */
export async function runCase(golden: GoldenCase, method: Method, executor: Executor): Promise<Worst> {
  const { figures, model } = golden;
  const { hyper, network } = figures;
  const checks = new Checks();
  const n = method.microBatches(hyper.batch ?? hyper.micro_batch, hyper.micro_batch);
  checks.exact('n', n, hyper.n);

  const specifications = parameterSpecifications(model);
  requireSameNames(specifications, network.parameters);
  requireSameNames(bufferSpecifications(model), network.buffers);
  const parameterNames = specifications.map(({ name }) => name);
  const bufferNames = bufferSpecifications(model).map(({ name }) => name);

  const sizes = [...new Set(figures.micro_batches.map(({ size }) => size))];
  const program = { model, method, microBatchSizes: sizes, microBatches: n, evaluationSize: figures.final.examples };
  const session = await TrainingSession.open(executor, program);
  const inspections = await openInspections(golden, method, executor, sizes);
  try {
    for (const name of parameterNames) await session.write(`parameter/${name}`, floats(golden.tensors, `init/${name}`));
    for (const name of bufferNames) await session.write(`buffer/${name}`, floats(golden.tensors, `init/${name}`));

    let methodState = method.initialState;
    const epoch = new EpochMeans();
    for (const step of figures.steps) {
      const label = `step ${String(step.step)}`;
      const members = step.micro.map(({ index }) => memberOf(golden, index));
      const parameters = await readAll(session, 'parameter', parameterNames);
      const group = await accumulateGroup(session, method, members, sampledPosition(step));
      const opened = await inspections.open(members, parameters);
      for (const [position, expected] of step.micro.entries()) {
        checkMicroBatch(checks, golden, expected, group, opened, position);
      }
      const gradient: Record<string, Float32Array> = {};
      for (const name of parameterNames) gradient[name] = await session.readGradient(name);
      checkTensors(checks, golden, `${label.replace(' ', '/')}/grad`, gradient);

      const rates = { step: step.step - 1, learningRate: hyper.learning_rate };
      const taken = await applyGroup(session, method, methodState, group, rates);
      methodState = taken.state;
      const scalars = stepScalars(method, group, taken, n);
      checkStep(checks, step, scalars, taken, method);
      checkGroup(
        checks,
        step,
        opened.at.map(({ loss }) => loss.gradients),
      );
      epoch.add(step.epoch, group, scalars['train/objective'] ?? Number.NaN);
      checks.exact(`${label} epoch accuracy`, epoch.accuracyPercent, step.epoch_accuracy_percent);
      checks.figure(`${label} epoch loss`, epoch.objective, step.epoch_avg_loss);

      const after = `step/${String(step.step)}/after`;
      const updated = await readAll(session, 'parameter', parameterNames);
      const moved = await readAll(session, 'buffer', bufferNames);
      for (const suffix of ['', '64']) {
        checkEach(checks, golden, `${after}${suffix}`, updated, limits.parameter);
        checkEach(checks, golden, `${after}${suffix}`, moved, limits.runningStatistic);
      }
    }
    await checkEvaluation(checks, golden, session);
  } finally {
    await session.dispose();
    await inspections.dispose();
  }
  return checks.worst;
}

/** Micro-batches of a step opened up at the parameters of the step, and with the ascent of a central difference turned round. */
export interface OpenedGroup {
  readonly at: readonly Inspected[];
  readonly turned: readonly Inspected[];
}

async function openInspections(golden: GoldenCase, method: Method, executor: Executor, sizes: readonly number[]) {
  const { radius } = golden.figures.hyper;
  const difference = method.penalty !== undefined && radius !== undefined;
  const along = (length: number): Ascent => ({ radius: length, along: 'micro-batch', share: 1 });
  const ascent = difference ? along(radius) : method.ascent;
  const plain = await Inspection.open(executor, golden.model, { penalty: method.penalty, ascent }, sizes);
  const turned = difference
    ? await Inspection.open(executor, golden.model, { penalty: undefined, ascent: along(-radius) }, sizes)
    : undefined;
  const { classes } = golden.model;
  const openWith = async (
    inspection: Inspection | undefined,
    members: readonly GroupMember<ImageBatch>[],
    parameters: Tensors,
  ): Promise<Inspected[]> => {
    const opened: Inspected[] = [];
    for (const { batch, source } of inspection === undefined ? [] : members) {
      const labels = oneHot(batch.labels, classes);
      const fed = { images: batch.images, oneHot: labels, examples: batch.labels.length, source };
      if (inspection !== undefined) opened.push(await inspection.run(fed, parameters));
    }
    return opened;
  };
  return {
    open: async (members: readonly GroupMember<ImageBatch>[], parameters: Tensors): Promise<OpenedGroup> => ({
      at: await openWith(plain, members, parameters),
      turned: await openWith(turned, members, parameters),
    }),
    dispose: async (): Promise<void> => {
      await plain.dispose();
      await turned?.dispose();
    },
  };
}

function memberOf(golden: GoldenCase, index: number): GroupMember<ImageBatch> {
  const batch = {
    images: floats(golden.tensors, `batch/${String(index)}/x`),
    labels: integers(golden.tensors, `batch/${String(index)}/y`),
  };
  return { batch, source: drawsOf(golden, index) };
}

/** The stored draws of a micro-batch, as the engine's random tensors. */
function drawsOf({ tensors, model }: GoldenCase, index: number): DrawSource {
  return (_, { shape, law }) => {
    switch (law.kind) {
      case 'gumbel':
        // Noise that puts the stored label far above every logit.
        return oneHot(integers(tensors, `draw/${String(index)}/labels`), model.classes, 1e4);
      case 'unit-vector':
        return floats(tensors, `draw/${String(index)}/u`);
      case 'dropout':
        return new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(1);
    }
  };
}

function sampledPosition({ sampled_micro_batch: sampled, micro_batches: present }: StepFigures): number | undefined {
  return sampled === undefined ? undefined : present.indexOf(sampled);
}

/** Accuracy and objective since the start of the epoch. */
class EpochMeans {
  #epoch = -1;
  #correct = 0;
  #examples = 0;
  #objective = 0;
  #steps = 0;

  add(epoch: number, { results }: AccumulatedGroup, objective: number): void {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#correct = this.#examples = this.#objective = this.#steps = 0;
    }
    this.#correct += results.reduce((sum, { correct }) => sum + correct, 0);
    this.#examples += results.reduce((sum, { examples }) => sum + examples, 0);
    this.#objective += objective;
    this.#steps += 1;
  }

  get accuracyPercent(): number {
    return (100 * this.#correct) / this.#examples;
  }

  get objective(): number {
    return this.#objective / this.#steps;
  }
}

async function readAll(session: TrainingSession, prefix: string, names: readonly string[]): Promise<Tensors> {
  const tensors: Record<string, Float32Array> = {};
  for (const name of names) tensors[name] = await session.read(`${prefix}/${name}`);
  return tensors;
}

function requireSameNames(
  specifications: readonly { name: string; shape: readonly number[] }[],
  expected: Readonly<Record<string, readonly number[]>>,
): void {
  const describe = (entries: readonly (readonly [string, readonly number[]])[]): string =>
    entries.map(([name, shape]) => `${name} [${shape.join(', ')}]`).join('; ');
  const ours = describe(specifications.map(({ name, shape }) => [name, shape]));
  const theirs = describe(Object.entries(expected));
  if (ours !== theirs) throw badCase(`the model has the tensors ${ours}, the case ${theirs}`);
}
