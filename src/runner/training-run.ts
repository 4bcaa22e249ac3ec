import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { scheduledInstruments } from '../contracts/instrument-settings.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { FromRunner, ToRunner } from '../contracts/runner-protocol.ts';
import { openDataset } from '../data/open-dataset.ts';
import type { OpenDataset } from '../data/open-dataset.ts';
import { openExecutor } from '../engine/executors/registry.ts';
import type { Evaluation } from '../engine/training/evaluate.ts';
import type { StepResult, Trainer } from '../engine/training/trainer.ts';
import { MetricWriter } from '../library/metric-writer.ts';
import { createInstruments, createTrainer } from './create-trainer.ts';
import { StopWatch } from '../statistics/stop-watch.ts';
import type { StopDecision } from '../statistics/stop-watch.ts';
import { InstrumentPanel } from './instrument-panel.ts';
import type { LogFile } from './log-file.ts';
import { ProgressReporter } from './progress-reporter.ts';
import type { RunControl } from './run-control.ts';
import { Stopwatch } from './stopwatch.ts';
import { resolveInputs } from './traces.ts';

export interface TrainingRunOptions {
  readonly start: Extract<ToRunner, { type: 'start' }>;
  readonly control: RunControl;
  readonly log: LogFile;
  readonly send: (message: FromRunner) => void;
}

type Finished = Extract<FromRunner, { type: 'finished' }>;

/** An executor of JavaScript alone never waits: the loop lets messages and timers in this often, milliseconds. */
const breathMilliseconds = 25;

/** One run from its spec to its last step. Steps, evaluates, records and reports; between two steps it obeys. */
export class TrainingRun {
  readonly #options: TrainingRunOptions;
  readonly #spec: RunSpec;
  readonly #reporter: ProgressReporter;
  readonly #watch = new Stopwatch();
  readonly #stopRule: StopWatch;
  #step = 0;

  constructor(options: TrainingRunOptions) {
    this.#options = options;
    this.#spec = options.start.spec;
    this.#stopRule = new StopWatch(this.#spec.stopWhen);
    this.#reporter = new ProgressReporter(options.start.run, this.#spec, options.send);
  }

  /** Steps taken so far. */
  get step(): number {
    return this.#step;
  }

  /** Trains to the end, a stop or a divergence. Everything recorded is on disk when it returns or throws. */
  async train(): Promise<Finished> {
    const { start, log, send } = this.#options;
    const inputs = resolveInputs(this.#spec, start.folder);
    const dataset = await openDataset(this.#spec.dataset, start);
    const executor = await openExecutor(this.#spec.executor, {
      threads: this.#spec.threads,
      runtimes: start.runtimes,
    });
    const trainer = await createTrainer(this.#spec, executor, dataset, inputs);
    const panel = new InstrumentPanel({
      instruments: await createInstruments(this.#spec, executor, dataset, inputs),
      schedule: scheduledInstruments(this.#spec.instruments),
      budget: this.#spec.instrumentBudget,
      log: (line) => {
        log.write(line);
      },
    });
    const metrics = new MetricWriter(join(start.folder, 'metrics.sqlite'));
    try {
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
      send({ type: 'started', resolved, dataHash: dataset.dataHash });
      log.write(`training ${this.#spec.method}, seed ${String(this.#spec.seed)}, on ${name} (${device}, ${version})`);
      const finished = await this.#steps(trainer, panel, dataset, metrics);
      log.write(
        `${finished.outcome} at step ${String(finished.step)}${finished.reason === undefined ? '' : `: ${finished.reason}`}`,
      );
      return finished;
    } finally {
      metrics.close();
      await panel.dispose();
      await trainer.dispose();
      await dataset.close();
    }
  }

  async #steps(
    trainer: Trainer,
    panel: InstrumentPanel,
    dataset: OpenDataset,
    metrics: MetricWriter,
  ): Promise<Finished> {
    const { steps, logEvery, evaluateEvery } = this.#spec;
    const record = (values: Readonly<Record<string, number>>): void => {
      for (const [series, value] of Object.entries(values)) {
        metrics.append(series, this.#step, value);
        this.#reporter.add(series, this.#step, value);
      }
    };
    this.#watch.go();
    let breath = performance.now();
    while (this.#step < steps) {
      await this.#obey(metrics);
      if (this.#options.control.stopRequested) return this.#finish('stopped');
      const { result, measured } = await panel.takeStep(trainer, () => this.#watch.seconds);
      this.#step = result.step;
      record(measured);
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
        this.#reporter.offerBest(this.#step, accuracy);
        if (!Number.isFinite(loss)) return this.#finish('diverged', 'validation/loss is not finite');
        early = this.#stopRule.accuracy(accuracy);
        if (early !== null && !last) return this.#finish(early.outcome, early.reason);
      }
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
  async #obey(metrics: MetricWriter): Promise<void> {
    const { control, log, send } = this.#options;
    if (!control.pauseRequested) return;
    this.#watch.hold();
    metrics.flush();
    this.#reporter.flush(this.#step, this.#watch.seconds);
    send({ type: 'paused', step: this.#step });
    log.write(`paused at step ${String(this.#step)}`);
    await control.rest();
    if (control.stopRequested) return;
    this.#watch.go();
    send({ type: 'resumed', step: this.#step });
    log.write(`resumed at step ${String(this.#step)}`);
  }

  #finish(outcome: Finished['outcome'], reason?: string): Finished {
    const seconds = this.#watch.seconds;
    this.#reporter.flush(this.#step, seconds);
    const finished: Finished = { type: 'finished', outcome, step: this.#step, seconds };
    return reason === undefined ? finished : { ...finished, reason };
  }
}

/** What of a step is not finite: a loss, or the gradient that the next step would start from; null where all are. */
function divergence(scalars: Readonly<Record<string, number>>): string | null {
  const bad = ['train/loss', 'train/objective', 'train/gradient_norm'].find(
    (name) => !Number.isFinite(scalars[name] ?? 0),
  );
  return bad === undefined ? null : `${bad} is not finite`;
}
