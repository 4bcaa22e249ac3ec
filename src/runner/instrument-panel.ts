import type { ScheduledInstrument } from '../contracts/instrument-settings.ts';
import type { Instrument, Moment, SharedPass } from '../engine/instruments/instrument.ts';
import type { ReportShare } from '../engine/training/evaluate.ts';
import type { StepResult, Trainer } from '../engine/training/trainer.ts';

interface Scheduled {
  readonly instrument: Instrument;
  every: number;
  /** The step at which it measures next. */
  next: number;
  seconds: number;
}

export interface PanelOptions {
  readonly instruments: readonly Instrument[];
  readonly schedule: readonly ScheduledInstrument[];
  /** Greatest share of the run's time; undefined = no limit. */
  readonly budget: number | undefined;
  readonly log: (line: string) => void;
  /** Steps that were taken before, by a run that goes on. */
  readonly step: number;
}

/**
 * Runs instruments on their schedules: at the first step and at multiples of their period. Above the budget, an
 * instrument that takes more than its equal part of it has its period doubled when its turn comes.
 */
export class InstrumentPanel {
  readonly #scheduled: readonly Scheduled[];
  readonly #options: PanelOptions;

  constructor(options: PanelOptions) {
    this.#options = options;
    this.#scheduled = options.instruments.map((instrument) => {
      const every = options.schedule.find(({ id }) => id === instrument.id)?.every ?? 1;
      const next = options.step === 0 ? 1 : (Math.floor(options.step / every) + 1) * every;
      return { instrument, every, next, seconds: 0 };
    });
  }

  /** Takes a step and measures it with what is due; `runSeconds` is the time of the run so far, `report` as for the trainer. */
  async takeStep(
    trainer: Trainer,
    runSeconds: () => number,
    report: ReportShare,
  ): Promise<{ readonly result: StepResult; readonly measured: Readonly<Record<string, number>> }> {
    const due = this.#due(trainer.step + 1, runSeconds());
    const needing = due.filter(({ instrument }) => instrument.needs === 'parameters');
    const before = needing.length === 0 ? {} : await charged(needing, () => trainer.parameters());
    const result = await trainer.takeStep(report);
    const after = (): Promise<Record<string, Float32Array>> => trainer.parameters();
    const measured = await this.#measure(due, { result, before, after }, runSeconds);
    return { result, measured };
  }

  async #measure(due: readonly Scheduled[], moment: Moment, runSeconds: () => number): Promise<Record<string, number>> {
    const values: Record<string, number> = {};
    // A run that diverges has nothing left to measure.
    if (!Number.isFinite(moment.result.scalars['train/gradient_norm'])) return values;
    const passes = new Set<SharedPass>(due.flatMap(({ instrument }) => instrument.shared ?? []));
    for (const pass of passes) {
      const users = due.filter(({ instrument }) => instrument.shared === pass);
      await charged(users, () => pass.prepare(moment));
    }
    for (const entry of due) {
      const own = await charged([entry], () => entry.instrument.measure(moment));
      if (Object.keys(own).length === 0) continue;
      entry.next = (Math.floor(moment.result.step / entry.every) + 1) * entry.every;
      Object.assign(values, own);
      values[`system/instrument_share/${entry.instrument.id}`] = entry.seconds / runSeconds();
    }
    return values;
  }

  /** What measures at a step; what takes too much is put off. */
  #due(step: number, seconds: number): Scheduled[] {
    const { budget, log } = this.#options;
    const due = this.#scheduled.filter(({ next }) => next <= step);
    const spent = this.#scheduled.reduce((sum, entry) => sum + entry.seconds, 0);
    if (budget === undefined || spent <= budget * seconds) return due;
    const part = (budget * seconds) / this.#scheduled.length;
    return due.filter((entry) => {
      if (entry.seconds <= part) return true;
      entry.every *= 2;
      entry.next = Math.ceil(step / entry.every) * entry.every;
      const share = `${((100 * spent) / seconds).toFixed(1)} % of the time`;
      log(`instruments take ${share}: ${entry.instrument.id} now measures every ${String(entry.every)} steps`);
      return entry.next === step;
    });
  }

  async dispose(): Promise<void> {
    for (const { instrument } of this.#scheduled) await instrument.dispose();
  }
}

/** Does the work and charges its time to the instruments that share it, in equal parts. */
async function charged<Result>(entries: readonly Scheduled[], work: () => Promise<Result>): Promise<Result> {
  const begin = performance.now();
  const result = await work();
  const seconds = (performance.now() - begin) / 1000 / entries.length;
  for (const entry of entries) entry.seconds += seconds;
  return result;
}
