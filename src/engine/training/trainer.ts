import { MicrobatchError } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';
import type { Executor } from '../executors/executor.ts';
import type { Method, MethodState } from '../methods/method.ts';
import { bufferSpecifications, parameterSpecifications, type ModelDefinition } from '../models/model.ts';
import { gradientEvaluations, trainingCost, type TrainingCost } from './cost.ts';
import type { DataSource } from './data-source.ts';
import { evaluateSplit, type Evaluation, type ReportShare, type SeeExample } from './evaluate.ts';
import { accumulateGroup, applyGroup, type GroupMember } from './group-step.ts';
import { initialTensors } from './initialise.ts';
import { MicroBatchFeed, type FeedOptions } from './micro-batch-feed.ts';
import { ResidentImages } from './resident-images.ts';
import { Sampler } from './sampler.ts';
import { trainingState, type TrainingState } from './state.ts';
import { stepScalars } from './step-scalars.ts';
import { TrainingStreams } from './streams.ts';
import { TrainingSession } from './training-session.ts';

export interface TrainerOptions {
  readonly executor: Executor;
  readonly model: ModelDefinition;
  readonly method: Method;
  readonly learningRate: number;
  /** B and m, images. Small batch takes one step a micro-batch and ignores B. */
  readonly batchSize: number;
  readonly microBatchSize: number;
  readonly seed: number;
  readonly data: DataSource;
}

/** Counters and scalars of one step, under the names of the series catalogue. */
export interface StepResult {
  /** Steps taken, this one included. */
  readonly step: number;
  /** Passes over the training images so far, as a fraction. */
  readonly epoch: number;
  readonly samplesSeen: number;
  readonly gradientEvaluations: number;
  /** Images of each micro-batch of the step. */
  readonly microBatches: readonly number[];
  readonly scalars: Readonly<Record<string, number>>;
}

const evaluationSize = 250;

/** Takes steps of one run: draws micro-batches, accumulates, updates. The state between two steps can leave and come back. */
export class Trainer {
  readonly cost: TrainingCost;
  readonly #options: TrainerOptions;
  readonly #session: TrainingSession;
  readonly #feedOptions: FeedOptions;
  #feed: MicroBatchFeed;
  #streams: TrainingStreams;
  #methodState: MethodState;
  #counters = { step: 0, samplesSeen: 0, gradientEvaluations: 0 };

  private constructor(options: TrainerOptions, session: TrainingSession, cost: TrainingCost, feedOptions: FeedOptions) {
    const { seed, method } = options;
    this.#options = options;
    this.#session = session;
    this.#feedOptions = feedOptions;
    this.cost = cost;
    this.#feed = new MicroBatchFeed(feedOptions, MicroBatchFeed.startOf(seed));
    this.#streams = TrainingStreams.ofSeed(seed);
    this.#methodState = method.initialState;
  }

  /** Compiles the program and starts from the seed. Throws `training/data-mismatch`, `training/micro-batch-too-large`, `executor/...`. */
  static async create(options: TrainerOptions): Promise<Trainer> {
    const { executor, model, method, batchSize, microBatchSize, seed, data } = options;
    requireMatchingData(model, data);
    requireMicroBatch(method, batchSize, microBatchSize);
    const microBatches = method.microBatches(batchSize, microBatchSize);
    const microBatchSizes = Sampler.microBatchSizes(data.size, microBatchSize);
    const resident = ResidentImages.where(executor, data);
    const images = resident?.table;
    const program = { model, method, microBatchSizes, microBatches, evaluationSize, images };
    const session = await TrainingSession.open(executor, program);
    const feedOptions = { data, resident, microBatchSize, groupSize: microBatches };
    const trainer = new Trainer(options, session, trainingCost(program), feedOptions);
    await trainer.#writeTensors('parameter', initialTensors(parameterSpecifications(model), seed));
    await trainer.#writeTensors('buffer', initialTensors(bufferSpecifications(model), seed));
    return trainer;
  }

  get step(): number {
    return this.#counters.step;
  }

  /**
   * One update of the parameters from the next group of micro-batches; `report` hears the share of it that is done.
   * Throws `trace/...` where a trace has no norm for it.
   */
  async takeStep(report: ReportShare = () => undefined): Promise<StepResult> {
    const { data, method, learningRate } = this.#options;
    const { count, batches } = this.#feed.nextGroup();
    const sampled = this.#streams.choose(method.sample, count);
    const passes = method.ascent?.along === 'group' ? 2 * count : count;
    let done = 0;
    const group = await accumulateGroup(this.#session, method, this.#members(batches), sampled, () => {
      done += 1;
      report(done / passes);
    });
    const { step } = this.#counters;
    const taken = await applyGroup(this.#session, method, this.#methodState, group, { step, learningRate });
    this.#methodState = taken.state;

    const sizes = group.results.map(({ examples }) => examples);
    this.#counters = {
      step: step + 1,
      samplesSeen: this.#counters.samplesSeen + sizes.reduce((sum, size) => sum + size, 0),
      gradientEvaluations: this.#counters.gradientEvaluations + gradientEvaluations(method, sizes, sampled),
    };
    return {
      ...this.#counters,
      epoch: this.#counters.samplesSeen / data.size,
      microBatches: sizes,
      scalars: stepScalars(method, group, taken, this.#feedOptions.groupSize),
    };
  }

  async *#members(batches: AsyncIterable<GroupMember['batch']>): AsyncGenerator<GroupMember> {
    for await (const batch of batches) yield { batch, source: this.#streams.source };
  }

  /** Loss and accuracy over a whole split, in evaluation mode, at the parameters of now. */
  evaluate(source: DataSource, report?: ReportShare, see?: SeeExample): Promise<Evaluation> {
    requireMatchingData(this.#options.model, source);
    return evaluateSplit(this.#session, source, report, see);
  }

  /** A copy of the parameters of now, by state_dict name. */
  parameters(): Promise<Record<string, Float32Array>> {
    return this.#readTensors('parameter', parameterSpecifications(this.#options.model));
  }

  /** The whole training state between two steps, as one value. */
  async capture(): Promise<TrainingState> {
    const { model, method } = this.#options;
    const { sampler, augmentation } = this.#feed.capture();
    const { epoch, position, stream } = sampler;
    return {
      version: 1,
      parameters: await this.parameters(),
      buffers: await this.#readTensors('buffer', bufferSpecifications(model)),
      method: { id: method.id, state: { ...this.#methodState } },
      streams: { ...this.#streams.capture(), order: stream, augmentation },
      sampler: { epoch, position },
      counters: { ...this.#counters },
    };
  }

  /** Other parameters and running statistics; all else stays as it is. Throws `training/bad-state` where they are another model's. */
  async load({ parameters, buffers }: Pick<TrainingState, 'parameters' | 'buffers'>): Promise<void> {
    const { model } = this.#options;
    requireTensors(parameters, parameterSpecifications(model));
    requireTensors(buffers, bufferSpecifications(model));
    await this.#writeTensors('parameter', parameters);
    await this.#writeTensors('buffer', buffers);
  }

  /** Goes on from a captured state. Throws `training/bad-state` where it is not one, or is of another method or model. */
  async restore(value: unknown): Promise<void> {
    const state = parseOrThrow(trainingState, value, { code: 'training/bad-state', what: 'the training state' });
    const { method } = this.#options;
    requireState(state.method.id === method.id, `it belongs to the method ${state.method.id}`, method.id);
    await this.load(state);
    const { order, augmentation, ...streams } = state.streams;
    const sampler = { ...state.sampler, stream: order };
    this.#feed = new MicroBatchFeed(this.#feedOptions, { sampler, augmentation });
    this.#streams = new TrainingStreams(streams);
    this.#methodState = state.method.state;
    this.#counters = { ...state.counters };
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }

  async #readTensors(prefix: string, names: readonly { name: string }[]): Promise<Record<string, Float32Array>> {
    const tensors: Record<string, Float32Array> = {};
    for (const { name } of names) tensors[name] = await this.#session.read(`${prefix}/${name}`);
    return tensors;
  }

  async #writeTensors(prefix: string, tensors: Readonly<Record<string, Float32Array>>): Promise<void> {
    for (const [name, data] of Object.entries(tensors)) await this.#session.write(`${prefix}/${name}`, data);
  }
}

function requireMatchingData(model: ModelDefinition, data: DataSource): void {
  const matches = data.classes === model.classes && data.inputShape.join() === model.inputShape.join();
  if (matches && data.size > 0) return;
  throw new MicrobatchError({
    code: 'training/data-mismatch',
    message: `the data set has ${String(data.size)} images of shape [${data.inputShape.join(', ')}] in ${String(data.classes)} classes`,
    expected: `images of shape [${model.inputShape.join(', ')}] in ${String(model.classes)} classes`,
  });
}

/** Small batch ignores B; for every other method a micro-batch is part of it. */
function requireMicroBatch(method: Method, batchSize: number, microBatchSize: number): void {
  if (method.id === 'small-batch' || microBatchSize <= batchSize) return;
  throw new MicrobatchError({
    code: 'training/micro-batch-too-large',
    message: `a micro-batch of ${String(microBatchSize)} images does not fit into a batch of ${String(batchSize)}`,
    expected: `at most ${String(batchSize)} images in a micro-batch`,
  });
}

function requireTensors(
  tensors: Readonly<Record<string, Float32Array>>,
  specifications: readonly { name: string; shape: readonly number[] }[],
): void {
  const names = specifications.map(({ name }) => name);
  requireState(Object.keys(tensors).length === names.length, 'it has other tensors than the model', names.join(', '));
  for (const { name, shape } of specifications) {
    const length = shape.reduce((product, side) => product * side, 1);
    requireState(
      tensors[name]?.length === length,
      `${name} is missing or of another size`,
      `${String(length)} numbers`,
    );
  }
}

function requireState(fits: boolean, problem: string, expected: string): void {
  if (fits) return;
  throw new MicrobatchError({
    code: 'training/bad-state',
    message: `the training state does not fit: ${problem}`,
    expected,
  });
}
