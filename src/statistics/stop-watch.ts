/** The parts of a stop rule, as the run spec has them. */
export interface StopRuleValues {
  readonly lossAbove?: number | undefined;
  readonly accuracyReached?: number | undefined;
  readonly plateau?: { readonly evaluations: number; readonly gain: number } | undefined;
}

export interface StopDecision {
  readonly outcome: 'done' | 'diverged';
  readonly reason: string;
}

/**
 * Applies a stop rule to recorded values, one after the other. What it decides follows from the values alone: fed again
 * after a resume, or with those of a finished run, it decides the same.
 */
export class StopWatch {
  readonly #rule: StopRuleValues;
  #best = Number.NEGATIVE_INFINITY;
  #withoutGain = 0;

  constructor(rule: StopRuleValues = {}) {
    this.#rule = rule;
  }

  /** A recorded training loss. */
  loss(value: number): StopDecision | null {
    const { lossAbove } = this.#rule;
    if (lossAbove === undefined || !(value > lossAbove)) return null;
    return { outcome: 'diverged', reason: `train/loss is above ${String(lossAbove)}: ${value.toPrecision(4)}` };
  }

  /** The accuracy of an evaluation, a fraction. */
  accuracy(value: number): StopDecision | null {
    const { accuracyReached, plateau } = this.#rule;
    const gain = plateau?.gain ?? 0;
    // The first evaluation is the first best, whatever it is.
    if (value > this.#best + gain || this.#best === Number.NEGATIVE_INFINITY) {
      this.#best = value;
      this.#withoutGain = 0;
    } else this.#withoutGain += 1;
    if (accuracyReached !== undefined && value >= accuracyReached) {
      return { outcome: 'done', reason: `validation/accuracy reached ${String(accuracyReached)}` };
    }
    if (plateau !== undefined && this.#withoutGain >= plateau.evaluations) {
      const evaluations = `${String(plateau.evaluations)} evaluation${plateau.evaluations === 1 ? '' : 's'}`;
      return { outcome: 'done', reason: `${evaluations} in a row without a better validation/accuracy` };
    }
    return null;
  }
}

/** A recorded series: steps ascending. */
export interface RecordedCurve {
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface Stop extends StopDecision {
  readonly step: number;
}

/** Where a rule would have ended a run with these recorded curves; null where it would have let it go on. */
export function findStop(rule: StopRuleValues, losses: RecordedCurve, accuracies: RecordedCurve): Stop | null {
  const watch = new StopWatch(rule);
  let next = 0;
  for (let index = 0; index < accuracies.steps.length; index += 1) {
    const step = accuracies.steps[index] ?? Number.NaN;
    // The loss of a step is recorded before its evaluation.
    for (; (losses.steps[next] ?? Number.POSITIVE_INFINITY) <= step; next += 1) {
      const decision = watch.loss(losses.values[next] ?? Number.NaN);
      if (decision !== null) return { ...decision, step: losses.steps[next] ?? Number.NaN };
    }
    const decision = watch.accuracy(accuracies.values[index] ?? Number.NaN);
    if (decision !== null) return { ...decision, step };
  }
  for (; next < losses.steps.length; next += 1) {
    const decision = watch.loss(losses.values[next] ?? Number.NaN);
    if (decision !== null) return { ...decision, step: losses.steps[next] ?? Number.NaN };
  }
  return null;
}
