import { checkpointPlan, isScheduled } from '../contracts/checkpoints.ts';
import type { CheckpointLabel, CheckpointPlan, CheckpointValidation } from '../contracts/checkpoints.ts';
import { toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { BestResult } from '../contracts/run-record.ts';
import type { TrainingState } from '../engine/training/state.ts';
import type { Trainer } from '../engine/training/trainer.ts';
import type { CheckpointContext, CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';
import type { MetricWriter } from '../library/metric-writer.ts';

export interface CheckpointKeeperOptions {
  readonly store: CheckpointStore;
  readonly plan: CheckpointPlan | undefined;
  readonly trainer: Trainer;
  readonly metrics: MetricWriter;
  readonly execution: CheckpointContext['execution'];
  /** Told of every checkpoint that is durable or could not be written. */
  readonly onSaved: (step: number, error: ErrorShape | null) => void;
}

/** The run at the moment of a save. */
export interface RunMoment {
  readonly seconds: number;
  readonly best: BestResult | null;
}

/** A crash loses no more training than this, seconds, ... */
const rollingSeconds = 30;
/** ... unless saving takes long: then no more than one part in this many of the time goes into it. */
const rollingCostShare = 50;

/**
 * Saves a run's checkpoints: what is on its schedule, the last from time to time, the best. The best is only copied in
 * memory when it is found, and written before the next checkpoint, so that a run that improves at every evaluation is not
 * slowed; from whichever checkpoint a run goes on, the best until then is there. Metrics are made durable first. A disk
 * that refuses does not end the training: the next save tries again.
 */
export class CheckpointKeeper {
  readonly #options: CheckpointKeeperOptions;
  readonly #plan: CheckpointPlan;
  #unsavedBest: { readonly state: TrainingState; readonly context: CheckpointContext } | null = null;
  #evaluated: { readonly step: number; readonly validation: CheckpointValidation } | null = null;
  #savedStep: number;
  #savedAt = performance.now();
  #costMilliseconds = 0;

  constructor(options: CheckpointKeeperOptions) {
    this.#options = options;
    this.#plan = checkpointPlan.parse(options.plan ?? {});
    this.#savedStep = options.trainer.step;
  }

  /** Call after an evaluation, `isBest` where it is better than every one before. */
  async evaluated(validation: CheckpointValidation, isBest: boolean, moment: RunMoment): Promise<void> {
    const { trainer } = this.#options;
    this.#evaluated = { step: trainer.step, validation };
    if (!isBest || !this.#plan.keepBest) return;
    this.#unsavedBest = { state: await trainer.capture(), context: this.#context(['best'], moment) };
  }

  /** Call after every step and its evaluation; saves what is due. */
  async tick(moment: RunMoment): Promise<void> {
    const { step } = this.#options.trainer;
    const scheduled = isScheduled(this.#plan, step);
    const wait = Math.max(1000 * rollingSeconds, rollingCostShare * this.#costMilliseconds);
    if (scheduled || performance.now() - this.#savedAt >= wait) {
      await this.save(moment, scheduled ? ['scheduled', 'last'] : ['last']);
    }
  }

  /** Saves the present state, unless that is done. Never rejects. */
  async save(moment: RunMoment, reasons: readonly CheckpointLabel[] = ['last']): Promise<void> {
    const { trainer, onSaved } = this.#options;
    const { step } = trainer;
    if (step === 0) return;
    if (step === this.#savedStep && this.#unsavedBest === null) {
      onSaved(step, null);
      return;
    }
    const begin = performance.now();
    const problem = await this.#write(moment, reasons).then(
      () => null,
      (error: unknown) => toErrorShape(error),
    );
    if (problem === null) this.#savedStep = step;
    this.#savedAt = performance.now();
    this.#costMilliseconds = this.#savedAt - begin;
    onSaved(step, problem);
  }

  /** Saves the best of a run that diverges; its present state is no use to anybody. */
  async saveBestOnly(): Promise<void> {
    const error = await this.#writeBest().then(
      () => null,
      (problem: unknown) => toErrorShape(problem),
    );
    if (error !== null) this.#options.onSaved(this.#options.trainer.step, error);
  }

  async #write(moment: RunMoment, reasons: readonly CheckpointLabel[]): Promise<void> {
    const { store, trainer, metrics } = this.#options;
    metrics.persist();
    // In one write where the best is this very state: a crash in between must not leave it with half of its reasons.
    const isBest = this.#unsavedBest?.context.best?.step === trainer.step;
    if (!isBest) await this.#writeBest();
    await store.write(await trainer.capture(), this.#context(isBest ? ['best', ...reasons] : reasons, moment));
    if (isBest) this.#unsavedBest = null;
    await store.thin();
  }

  async #writeBest(): Promise<void> {
    if (this.#unsavedBest === null) return;
    const { state, context } = this.#unsavedBest;
    this.#options.metrics.persist();
    await this.#options.store.write(state, context);
    this.#unsavedBest = null;
  }

  #context(reasons: readonly CheckpointLabel[], { seconds, best }: RunMoment): CheckpointContext {
    const { trainer, execution } = this.#options;
    const validation = this.#evaluated?.step === trainer.step ? this.#evaluated.validation : null;
    return { reasons: [...reasons], seconds, validation, best, execution };
  }
}
