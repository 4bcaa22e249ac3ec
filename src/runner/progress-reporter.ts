import type { MetricBatch, RunProgress } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { FromRunner } from '../contracts/runner-protocol.ts';

type Best = Extract<FromRunner, { type: 'progress' }>['best'];

const periodMilliseconds = 200;
/** Speed is measured over the last seconds, so that it follows a machine that gets busy. */
const speedWindowSeconds = 10;

type Plan = Pick<RunSpec, 'steps' | 'evaluateEvery'>;

/** Gathers recorded points and sends them with the state of the run, at most five times a second. */
export class ProgressReporter {
  readonly #run: string;
  readonly #plan: Plan;
  readonly #send: (message: FromRunner) => void;
  #series: MetricBatch['series'] = {};
  /** Share of the step under way that is done. */
  #underway = 0;
  /** Training seconds, evaluations left out, at some of the last steps or shares of steps. */
  #marks: { seconds: number; step: number }[] = [];
  #evaluation: { readonly since: number; share: number } | null = null;
  /** Of the last evaluation, and of all. */
  #evaluationSeconds = { last: 0, all: 0 };
  #best: Best;
  #sentAt = Number.NEGATIVE_INFINITY;

  /** `best`: of the steps before, for a run that goes on. */
  constructor(run: string, plan: Plan, send: (message: FromRunner) => void, best: Best = null) {
    this.#run = run;
    this.#plan = plan;
    this.#send = send;
    this.#best = best;
  }

  add(series: string, step: number, value: number): void {
    const column = (this.#series[series] ??= { steps: [], values: [] });
    column.steps.push(step);
    column.values.push(Number.isFinite(value) ? value : null);
  }

  get best(): Best {
    return this.#best;
  }

  /** Keeps the first of the greatest accuracies; whether this is it. */
  offerBest(step: number, accuracy: number): boolean {
    if (this.#best !== null && !(accuracy > this.#best['validation/accuracy'])) return false;
    this.#best = { step, 'validation/accuracy': accuracy };
    return true;
  }

  /** `share` of the step after `step` is done: a large batch of a large net takes minutes for one. */
  stepping(share: number, step: number, seconds: number): void {
    // A whole step counts once it is taken.
    if (share === 1) return;
    this.#underway = share;
    this.tick(step, seconds);
    this.#underway = 0;
  }

  /** Call after every step; sends when it is time. */
  tick(step: number, seconds: number): void {
    const now = performance.now();
    if (now - this.#sentAt >= periodMilliseconds) this.flush(step, seconds);
  }

  /** `seconds` as for `tick`: of the run so far, evaluations included. */
  beginEvaluation(step: number, seconds: number): void {
    this.tick(step, seconds);
    this.#evaluation = { since: seconds, share: 0 };
  }

  /** `share` of the images is done. */
  evaluated(share: number, step: number, seconds: number): void {
    if (this.#evaluation !== null) this.#evaluation.share = share;
    this.tick(step, seconds);
  }

  endEvaluation(seconds: number): void {
    const last = seconds - (this.#evaluation?.since ?? seconds);
    this.#evaluationSeconds = { last, all: this.#evaluationSeconds.all + last };
    this.#evaluation = null;
  }

  flush(step: number, seconds: number): void {
    this.#sentAt = performance.now();
    // While it evaluates, no step is taken and no training time passes.
    if (this.#evaluation === null) this.#mark(step + this.#underway, seconds - this.#evaluationSeconds.all);
    const metrics = { run: this.#run, series: this.#series };
    this.#series = {};
    this.#send({ type: 'progress', progress: this.#progress(step, seconds), metrics, best: this.#best });
  }

  #progress(step: number, seconds: number): RunProgress {
    const { steps } = this.#plan;
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    const spent = (last?.seconds ?? 0) - (first?.seconds ?? 0);
    const stepsPerSecond = spent > 0 ? ((last?.step ?? 0) - (first?.step ?? 0)) / spent : 0;
    const remainingSeconds =
      stepsPerSecond > 0
        ? (steps - step - this.#underway) / stepsPerSecond + this.#evaluationLeft(step, seconds)
        : null;
    const evaluated = this.#evaluation?.share ?? null;
    const underway = this.#underway;
    return { run: this.#run, step, steps, underway, seconds, stepsPerSecond, remainingSeconds, evaluated };
  }

  #mark(step: number, seconds: number): void {
    this.#marks.push({ seconds, step });
    while (this.#marks.length > 2 && seconds - (this.#marks[0]?.seconds ?? 0) > speedWindowSeconds) this.#marks.shift();
  }

  /** Seconds that the evaluation under way and those to come still take. */
  #evaluationLeft(step: number, seconds: number): number {
    const { steps, evaluateEvery } = this.#plan;
    const due = (until: number): number => Math.floor(until / evaluateEvery);
    const toCome = due(steps) - due(step) + (steps % evaluateEvery === 0 || step === steps ? 0 : 1);
    if (this.#evaluation === null) return toCome * this.#evaluationSeconds.last;
    const { since, share } = this.#evaluation;
    // The first one tells by its own beginning how long it takes.
    const whole = share > 0 ? (seconds - since) / share : this.#evaluationSeconds.last;
    return toCome * whole + (1 - share) * whole;
  }
}
