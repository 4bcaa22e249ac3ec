/** What is known of a run that has not ended. */
export interface OpenRun {
  /** Runs of one setting take the same time a step. */
  readonly setting: string;
  readonly stepsLeft: number;
  /** As the run itself estimates, evaluations included; null for one that has not begun. */
  readonly secondsLeft: number | null;
}

/** What a setting may be expected to cost before it has been measured. */
export interface ExpectedCost {
  /** From earlier runs on this machine; null where there is none. */
  readonly secondsPerStep: number | null;
  /** Any measure of the work of a step that compares settings with one another. */
  readonly workPerStep: number;
}

export interface Outlook {
  /** In the order of the queue; those that train come first. */
  readonly runs: readonly OpenRun[];
  /** Measured seconds a step of settings that have trained. */
  readonly measured: ReadonlyMap<string, number>;
  readonly expected: ReadonlyMap<string, ExpectedCost>;
  /** Runs that train side by side. */
  readonly slots: number;
}

/**
 * Seconds until the last run ends, by handing the open runs to the slots in their order; null while the cost of some
 * setting is not known.
 */
export function remainingSeconds(outlook: Outlook): number | null {
  const busy = Array.from({ length: Math.max(1, outlook.slots) }, () => 0);
  for (const run of outlook.runs) {
    const left = run.secondsLeft ?? secondsOf(run, outlook);
    if (left === null) return null;
    const earliest = busy.indexOf(Math.min(...busy));
    busy[earliest] = (busy[earliest] ?? 0) + left;
  }
  return Math.max(...busy);
}

function secondsOf({ setting, stepsLeft }: OpenRun, outlook: Outlook): number | null {
  const perStep = secondsPerStep(setting, outlook);
  return perStep === null ? null : stepsLeft * perStep;
}

/** Measured, else from earlier runs, else from the work of a setting that has been measured. */
function secondsPerStep(setting: string, { measured, expected }: Outlook): number | null {
  const known = measured.get(setting) ?? expected.get(setting)?.secondsPerStep ?? null;
  if (known !== null) return known;
  const work = expected.get(setting)?.workPerStep;
  if (work === undefined) return null;
  const rates = [...measured].flatMap(([other, seconds]) => {
    const otherWork = expected.get(other)?.workPerStep;
    return otherWork === undefined || otherWork <= 0 ? [] : [seconds / otherWork];
  });
  return rates.length === 0 ? null : (work * rates.reduce((sum, rate) => sum + rate, 0)) / rates.length;
}
