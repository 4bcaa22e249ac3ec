import type { MetricBatch, RunProgress } from '../contracts/run-record.ts';
import type { FromRunner } from '../contracts/runner-protocol.ts';

type Best = Extract<FromRunner, { type: 'progress' }>['best'];

const periodMilliseconds = 200;
/** Speed is measured over the last seconds, so that it follows a machine that gets busy. */
const speedWindowSeconds = 10;

/** Gathers recorded points and sends them with the state of the run, at most five times a second. */
export class ProgressReporter {
  readonly #run: string;
  readonly #steps: number;
  readonly #send: (message: FromRunner) => void;
  #series: MetricBatch['series'] = {};
  #marks: { seconds: number; step: number }[] = [];
  #best: Best = null;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(run: string, steps: number, send: (message: FromRunner) => void) {
    this.#run = run;
    this.#steps = steps;
    this.#send = send;
  }

  add(series: string, step: number, value: number): void {
    const column = (this.#series[series] ??= { steps: [], values: [] });
    column.steps.push(step);
    column.values.push(Number.isFinite(value) ? value : null);
  }

  /** Keeps the first of the greatest accuracies. */
  offerBest(step: number, accuracy: number): void {
    if (this.#best === null || accuracy > this.#best['validation/accuracy']) {
      this.#best = { step, 'validation/accuracy': accuracy };
    }
  }

  /** Call after every step; sends when it is time. */
  tick(step: number, seconds: number): void {
    const now = performance.now();
    if (now - this.#sentAt >= periodMilliseconds) this.flush(step, seconds);
  }

  flush(step: number, seconds: number): void {
    this.#sentAt = performance.now();
    this.#marks.push({ seconds, step });
    while (this.#marks.length > 2 && seconds - (this.#marks[0]?.seconds ?? 0) > speedWindowSeconds) this.#marks.shift();
    const metrics = { run: this.#run, series: this.#series };
    this.#series = {};
    this.#send({ type: 'progress', progress: this.#progress(step, seconds), metrics, best: this.#best });
  }

  #progress(step: number, seconds: number): RunProgress {
    const [first] = this.#marks;
    const spent = seconds - (first?.seconds ?? seconds);
    const stepsPerSecond = spent > 0 ? (step - (first?.step ?? step)) / spent : 0;
    const remainingSeconds = stepsPerSecond > 0 ? (this.#steps - step) / stepsPerSecond : null;
    return { run: this.#run, step, steps: this.#steps, seconds, stepsPerSecond, remainingSeconds };
  }
}
