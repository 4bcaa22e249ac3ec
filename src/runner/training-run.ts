import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describeError } from '../contracts/errors.ts';
import { scheduledInstruments } from '../contracts/instrument-settings.ts';
import { microBatchCount } from '../contracts/run-spec.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { FromRunner, ToRunner } from '../contracts/runner-protocol.ts';
import { openDataset } from '../data/open-dataset.ts';
import type { OpenDataset } from '../data/open-dataset.ts';
import type { Evaluation } from '../engine/training/evaluate.ts';
import type { StepResult, Trainer } from '../engine/training/trainer.ts';
import { firstStates } from '../engine/training/streams.ts';
import { CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';
import type { LoadedCheckpoint } from '../library/checkpoints/checkpoint-store.ts';
import { MetricWriter } from '../library/metric-writer.ts';
import {
  describeBeginning,
  feedStopRule,
  findBeginning,
  openExecutorFor,
  stateFor,
  withoutBeginning,
} from './beginning.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { RunMoment } from './checkpoint-keeper.ts';
import { createInstruments, createTrainer } from './create-trainer.ts';
import { StopWatch } from '../statistics/stop-watch.ts';
import type { StopDecision } from '../statistics/stop-watch.ts';
import { resolveInputs } from '../library/recorded-inputs.ts';
import { readInitialWeights } from './initial-weights.ts';
import { divergence } from './divergence.ts';
import { InstrumentPanel } from './instrument-panel.ts';
import type { LogFile } from './log-file.ts';
import { describeMachine } from './machine/describe-machine.ts';
import { MachineSampler } from './machine/machine-sampler.ts';
import { ProgressReporter } from './progress-reporter.ts';
import type { RunControl } from './run-control.ts';
import { Stopwatch } from './stopwatch.ts';

export interface TrainingRunOptions {
  readonly start: Extract<ToRunner, { type: 'start' }>;
  readonly control: RunControl;
  readonly log: LogFile;
  readonly send: (message: FromRunner) => void;
  /** Milliseconds between two looks at the machine. */
  readonly machinePeriod?: number;
}

type Finished = Extract<FromRunner, { type: 'finished' }>;

/** An executor of JavaScript alone never waits: the loop lets messages and timers in this often, milliseconds. */
const breathMilliseconds = 25;

/** One run from its spec to its last step. Steps, evaluates, records and reports; between two steps it obeys. */
export class TrainingRun {
  readonly #options: TrainingRunOptions;
  readonly #spec: RunSpec;
  #reporter: ProgressReporter;
  #watch = new Stopwatch();
  readonly #stopRule: StopWatch;
  readonly #machine: MachineSampler;
  #step = 0;

  constructor(options: TrainingRunOptions) {
    this.#options = options;
    this.#spec = options.start.spec;
    this.#stopRule = new StopWatch(this.#spec.stopWhen);
    this.#machine = new MachineSampler(options.start.folder, options.machinePeriod);
    this.#reporter = new ProgressReporter(options.start.run, this.#spec, options.send);
  }

  /** Steps taken so far. */
  get step(): number {
    return this.#step;
  }

  /** Trains to the end, a stop or a divergence. Everything recorded is on disk when it returns or throws. */
  async train(): Promise<Finished> {
    // Whatever is open is closed, the last one first, also where the next one cannot be opened.
    const opened = new AsyncDisposableStack();
    try {
      return await this.#train(opened);
    } finally {
      await opened.disposeAsync();
    }
  }

  async #train(opened: AsyncDisposableStack): Promise<Finished> {
    const { start, log, send } = this.#options;
    // Asked while everything else is opened: the driver of a graphics card takes its time.
    const machine = describeMachine();
    const store = new CheckpointStore(start.folder);
    const beginning = await findBeginning(store);
    const { checkpoint } = beginning;
    if (start.parent !== undefined && checkpoint === null) throw withoutBeginning(start.parent);
    const library = dirname(dirname(start.folder));
    const inputs = resolveInputs(this.#spec, library, (checkpoint?.execution ?? start.repeats?.resolved)?.learningRate);
    const dataset = await openDataset(this.#spec.dataset, start);
    opened.defer(() => dataset.close());
    const executor = await openExecutorFor(start, beginning);
    const trainer = await createTrainer(this.#spec, executor, dataset, inputs);
    opened.defer(() => trainer.dispose());
    const weights = checkpoint === null ? await readInitialWeights(this.#spec, library, dataset.train) : null;
    if (weights !== null) await trainer.load(weights);
    if (checkpoint !== null) await trainer.restore(stateFor(start, checkpoint, inputs));
    this.#step = trainer.step;
    const panel = new InstrumentPanel({
      instruments: await createInstruments(this.#spec, executor, dataset, inputs),
      schedule: scheduledInstruments(this.#spec.instruments),
      budget: this.#spec.instrumentBudget,
      log: (line) => {
        log.write(line);
      },
      step: this.#step,
    });
    opened.defer(() => panel.dispose());
    const metricsFile = join(start.folder, 'metrics.sqlite');
    const metrics = new MetricWriter(metricsFile);
    opened.defer(() => metrics.close());
    // What lies beyond the checkpoint is recorded and saved again, so that it is there once.
    metrics.cutAfter(this.#step);
    await store.removeAfter(this.#step);
    this.#goOnFrom(checkpoint, metricsFile);
    const { name, device, version, deterministic } = executor.description;
    const { parameters, gradientEvaluationsPerStep } = trainer.cost;
    const { threads } = this.#spec;
    const resolved = {
      executor: name,
      device,
      version,
      threads,
      deterministic,
      parameters,
      gradientEvaluationsPerStep,
      learningRate: inputs.learningRate,
    };
    const from = describeBeginning(beginning, executor.description);
    const quietSeconds = longestCallOf(this.#spec, trainer);
    send({
      type: 'started',
      ...{ resolved, dataHash: dataset.dataHash, initialWeights: weights?.sha256, from, quietSeconds },
      ...{ machine: await machine, streams: firstStates(this.#spec.seed) },
    });
    for (const note of from?.notes ?? []) log.write(note);
    log.write(
      `training ${this.#spec.method}, seed ${String(this.#spec.seed)}, on ${name} (${device}, ${version})${this.#step === 0 ? '' : `, from step ${String(this.#step)}`}`,
    );
    const keeper = new CheckpointKeeper({
      ...{ store, trainer, metrics, plan: this.#spec.checkpoints, execution: resolved },
      onSaved: (step, error) => {
        if (error !== null)
          log.write(`the checkpoint of step ${String(step)} could not be written: ${describeError(error)}`);
        send({ type: 'checkpointed', step, error });
      },
    });
    this.#machine.graphics = !device.startsWith('CPU');
    opened.defer(() => this.#machine.hold());
    const finished = await this.#steps(trainer, panel, dataset, metrics, keeper);
    if (finished.outcome === 'diverged') await keeper.saveBestOnly();
    else await keeper.save(this.#moment);
    log.write(
      `${finished.outcome} at step ${String(finished.step)}${finished.reason === undefined ? '' : `: ${finished.reason}`}`,
    );
    return finished;
  }

  async #steps(
    trainer: Trainer,
    panel: InstrumentPanel,
    dataset: OpenDataset,
    metrics: MetricWriter,
    keeper: CheckpointKeeper,
  ): Promise<Finished> {
    const { steps, logEvery, evaluateEvery } = this.#spec;
    const record = (values: Readonly<Record<string, number>>): void => {
      for (const [series, value] of Object.entries(values)) {
        metrics.append(series, this.#step, value);
        this.#reporter.add(series, this.#step, value);
      }
    };
    this.#watch.go();
    this.#machine.go(this.#step);
    let breath = performance.now();
    while (this.#step < steps) {
      await this.#obey(metrics, keeper);
      if (this.#options.control.stopRequested) return this.#finish('stopped');
      const seconds = (): number => this.#watch.seconds;
      const { result, measured } = await panel.takeStep(trainer, seconds, (share) => {
        this.#reporter.stepping(share, this.#step, seconds());
      });
      this.#step = result.step;
      record(measured);
      record(this.#machine.take(this.#step));
      const diverged = divergence(result.scalars);
      const last = this.#step === steps;
      let early: StopDecision | null = null;
      if (diverged !== null || last || this.#step === 1 || this.#step % logEvery === 0) {
        record({ ...result.scalars, ...this.#progressValues(result) });
        early = this.#stopRule.loss(result.scalars['train/loss'] ?? 0);
      }
      if (diverged !== null) return this.#finish('diverged', diverged);
      if (early !== null) return this.#finish(early.outcome, early.reason);
      if (last || this.#step % evaluateEvery === 0) {
        const { loss, accuracy } = await this.#evaluate(trainer, dataset);
        record({ 'validation/loss': loss, 'validation/accuracy': accuracy });
        const isBest = this.#reporter.offerBest(this.#step, accuracy);
        if (!Number.isFinite(loss)) return this.#finish('diverged', 'validation/loss is not finite');
        await keeper.evaluated({ loss, accuracy }, isBest, this.#moment);
        early = this.#stopRule.accuracy(accuracy);
        if (early !== null && !last) return this.#finish(early.outcome, early.reason);
      }
      await keeper.tick(this.#moment);
      this.#reporter.tick(this.#step, this.#watch.seconds);
      if (performance.now() - breath >= breathMilliseconds) {
        await nextTurn();
        breath = performance.now();
      }
    }
    return this.#finish('done');
  }

  /** May take far longer than a step, so that it reports by itself how far it is. */
  async #evaluate(trainer: Trainer, dataset: OpenDataset): Promise<Evaluation> {
    this.#reporter.beginEvaluation(this.#step, this.#watch.seconds);
    const evaluation = await trainer.evaluate(dataset.validation, (share) =>
      this.#reporter.evaluated(share, this.#step, this.#watch.seconds),
    );
    this.#reporter.endEvaluation(this.#watch.seconds);
    return evaluation;
  }

  #progressValues(result: StepResult): Record<string, number> {
    return {
      'progress/epoch': result.epoch,
      'progress/samples': result.samplesSeen,
      'progress/gradient_evaluations': result.gradientEvaluations,
      'system/seconds': this.#watch.seconds,
    };
  }

  /** Rests while the host wants a pause. */
  async #obey(metrics: MetricWriter, keeper: CheckpointKeeper): Promise<void> {
    const { control, log, send } = this.#options;
    if (control.takeCheckpointRequest()) await keeper.save(this.#moment);
    if (!control.pauseRequested) return;
    this.#watch.hold();
    this.#machine.hold();
    metrics.flush();
    this.#reporter.flush(this.#step, this.#watch.seconds);
    await keeper.save(this.#moment);
    send({ type: 'paused', step: this.#step });
    log.write(`paused at step ${String(this.#step)}`);
    await control.rest();
    while (control.takeCheckpointRequest()) {
      await keeper.save(this.#moment);
      await control.rest();
    }
    if (control.stopRequested) return;
    this.#watch.go();
    this.#machine.go(this.#step);
    send({ type: 'resumed', step: this.#step });
    log.write(`resumed at step ${String(this.#step)}`);
  }

  /** A run that goes on keeps its time, its best result, and what its stop rule has seen. */
  #goOnFrom(checkpoint: LoadedCheckpoint | null, metricsFile: string): void {
    const { run } = this.#options.start;
    this.#watch = new Stopwatch(checkpoint?.seconds);
    this.#reporter = new ProgressReporter(run, this.#spec, this.#options.send, checkpoint?.best ?? null);
    feedStopRule(this.#stopRule, this.#spec, metricsFile);
  }

  get #moment(): RunMoment {
    return { seconds: this.#watch.seconds, best: this.#reporter.best };
  }

  #finish(outcome: Finished['outcome'], reason?: string): Finished {
    const seconds = this.#watch.seconds;
    this.#reporter.flush(this.#step, seconds);
    const finished: Finished = { type: 'finished', outcome, step: this.#step, seconds };
    return reason === undefined ? finished : { ...finished, reason };
  }
}

/** Far below what any machine does: so slow must a micro-batch be before its process counts as hung. */
const slowestOperationsPerSecond = 1e8;

/** Seconds that a native library may keep this thread for one micro-batch. */
function longestCallOf(spec: RunSpec, trainer: Trainer): number {
  return trainer.cost.floatingPointOperationsPerStep / microBatchCount(spec) / slowestOperationsPerSecond;
}
