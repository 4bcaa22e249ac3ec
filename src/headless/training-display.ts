import type { PlanEstimate } from '../contracts/planning.ts';
import { withoutControlCharacters } from '../contracts/control-characters.ts';
import type { MetricBatch, RunProgress, SpecifiedRun } from '../contracts/run-record.ts';
import { isFinished } from '../lab/run-status.ts';
import { count, counted, duration, figure, percent, roughDuration } from './format.ts';
import { LiveLines } from './live-lines.ts';
import { remainingSeconds } from './remaining-time.ts';
import type { ExpectedCost, OpenRun } from './remaining-time.ts';

const drawMilliseconds = 200;
/** Into a file or a pipe a line of progress is written this often. */
const reportMilliseconds = 15_000;
const barWidth = 24;

/** Shows on stderr how several runs get on: a line for each that ended, and live lines for the rest. */
export class TrainingDisplay {
  readonly #lines = new LiveLines();
  readonly #runs = new Map<string, SpecifiedRun>();
  readonly #progress = new Map<string, RunProgress>();
  readonly #latest = new Map<string, Map<string, number>>();
  readonly #measured = new Map<string, number>();
  readonly #expected = new Map<string, ExpectedCost>();
  #slots = 1;
  #timer: NodeJS.Timeout | undefined;

  /** Starts with the runs in the order of their queue. */
  begin(records: readonly SpecifiedRun[], slots: number): void {
    this.#slots = slots;
    for (const record of records) this.#runs.set(record.id, this.#runs.get(record.id) ?? record);
    const side = Math.min(slots, records.length);
    this.#lines.keep(`Training ${counted(records.length, 'run')}${side > 1 ? `, ${String(side)} side by side` : ''}.`);
    this.#timer = setInterval(() => this.#tick(), this.#lines.isLive ? drawMilliseconds : reportMilliseconds);
  }

  changed(record: SpecifiedRun): void {
    const before = this.#runs.get(record.id);
    this.#runs.set(record.id, record);
    if (!isFinished(record) || (before !== undefined && isFinished(before))) return;
    if (record.status === 'done' && record.step > 0) this.#measured.set(record.groupHash, record.seconds / record.step);
    // What was taken out of the queue has nothing to tell.
    if (record.startedAt !== null) this.#lines.keep(this.#endLine(record));
    if (this.#lines.isLive) this.#tick();
  }

  progressed(progress: RunProgress): void {
    this.#progress.set(progress.run, progress);
    const record = this.#runs.get(progress.run);
    if (record === undefined || this.#hasEnded(record.groupHash)) return;
    const { remainingSeconds: left, step, steps, underway } = progress;
    // Evaluations included: what waits in the queue has them too.
    if (left !== null && step < steps) this.#measured.set(record.groupHash, left / (steps - step - underway));
  }

  recorded({ run, series }: MetricBatch): void {
    const latest = this.#latest.get(run) ?? new Map<string, number>();
    for (const [name, { values }] of Object.entries(series)) {
      const last = values.at(-1);
      if (typeof last === 'number') latest.set(name, last);
    }
    this.#latest.set(run, latest);
  }

  /** What a setting amounts to, for the time that remains before it was measured. */
  expect(setting: string, steps: number, plan: PlanEstimate): void {
    this.#expected.set(setting, {
      secondsPerStep: plan.secondsPerRun === null ? null : plan.secondsPerRun / steps,
      workPerStep: plan.operationsPerStep ?? plan.gradientEvaluationsPerStep,
    });
  }

  /** A line that stays. */
  note(line: string): void {
    this.#lines.keep(line);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#lines.clear();
  }

  #tick(): void {
    if (this.#lines.isLive) this.#lines.draw([this.#summary(true), ...this.#runningLines()]);
    else this.#lines.keep(this.#summary(false));
  }

  #summary(withBar: boolean): string {
    const records = [...this.#runs.values()];
    const total = records.reduce((sum, { spec }) => sum + spec.steps, 0);
    const taken = records.reduce(
      (sum, record) => sum + (isFinished(record) ? record.spec.steps : this.#step(record) + this.#underway(record)),
      0,
    );
    const share = total === 0 ? 0 : taken / total;
    const ended = records.filter(isFinished).length;
    const full = Math.round(share * barWidth);
    const bar = withBar ? `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}  ` : '';
    const of = records.length > 1 ? `  ${String(ended)} of ${counted(records.length, 'run')} done` : '';
    return `${bar}${percent(share, 0).padStart(5)}${of}  ${this.#remaining(records)}`;
  }

  #remaining(records: readonly SpecifiedRun[]): string {
    const open = records.filter((record) => !isFinished(record));
    const runs = open
      .map((record): OpenRun & { started: boolean } => {
        return {
          started: record.status !== 'queued',
          setting: record.groupHash,
          stepsLeft: record.spec.steps - this.#step(record),
          secondsLeft: this.#progress.get(record.id)?.remainingSeconds ?? null,
        };
      })
      .toSorted((one, other) => Number(other.started) - Number(one.started));
    const seconds = remainingSeconds({ runs, measured: this.#measured, expected: this.#expected, slots: this.#slots });
    return seconds === null ? 'measuring the time left' : `${roughDuration(seconds)} left`;
  }

  #runningLines(): string[] {
    const running = [...this.#runs.values()].filter(({ status }) => status === 'running');
    return running.map((record) => {
      const latest = this.#latest.get(record.id);
      const [loss, accuracy] = [latest?.get('train/loss'), latest?.get('validation/accuracy')];
      const evaluated = this.#progress.get(record.id)?.evaluated ?? null;
      const parts = [
        `  ${this.#padded(record)}`,
        `step ${count(this.#step(record)).padStart(count(record.spec.steps).length)} of ${count(record.spec.steps)}`,
        ...(loss === undefined ? [] : [`loss ${figure(loss).padEnd(9)}`]),
        ...(accuracy === undefined ? [] : [`accuracy ${percent(accuracy)}`]),
        ...(evaluated === null ? [] : [`evaluating ${percent(evaluated, 0)}`]),
      ];
      return parts.join('   ').trimEnd();
    });
  }

  #endLine(record: SpecifiedRun): string {
    const best = record.best;
    const name = `  ${this.#padded(record)}`;
    if (record.status !== 'done') return `${name}   ${record.status} at step ${count(record.step)}`;
    const result = best === null ? 'no accuracy' : `best accuracy ${percent(best['validation/accuracy'])}`;
    return `${name}   ${result}   ${duration(record.seconds).padStart(6)}`;
  }

  #padded({ name }: SpecifiedRun): string {
    return withoutControlCharacters(name).padEnd(
      Math.max(...[...this.#runs.values()].map((record) => record.name.length)),
    );
  }

  #step(record: SpecifiedRun): number {
    return Math.max(record.step, this.#progress.get(record.id)?.step ?? 0);
  }

  /** Share of the step under way. */
  #underway(record: SpecifiedRun): number {
    return this.#progress.get(record.id)?.underway ?? 0;
  }

  #hasEnded(setting: string): boolean {
    return [...this.#runs.values()].some((record) => record.groupHash === setting && record.status === 'done');
  }
}
