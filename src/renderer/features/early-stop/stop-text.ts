import type { StopReplay, StopRule } from '../../../contracts/stop-rule.ts';
import { stopRule } from '../../../contracts/stop-rule.ts';

/** The fields of the form, as typed; accuracy and gain in percent. */
export interface StopText {
  readonly lossAbove: string;
  readonly accuracy: string;
  readonly evaluations: string;
  readonly gain: string;
}

export interface ReadStop {
  /** Null where nothing is asked for, or a field is wrong. */
  readonly rule: StopRule | null;
  readonly errors: Partial<Record<keyof StopText, string>>;
}

/** An empty field is no part of the rule. */
export function readStop(text: StopText): ReadStop {
  const errors: Partial<Record<keyof StopText, string>> = {};
  const read = (field: keyof StopText, expected: string, fits: (value: number) => boolean): number | undefined => {
    const typed = text[field].trim();
    if (typed === '') return undefined;
    const value = Number(typed);
    if (Number.isFinite(value) && fits(value)) return value;
    errors[field] = expected;
    return undefined;
  };
  const lossAbove = read('lossAbove', 'A loss above 0', (value) => value > 0);
  const accuracy = read('accuracy', 'A percentage above 0, at most 100', (value) => value > 0 && value <= 100);
  const evaluations = read(
    'evaluations',
    'A whole number from 1',
    (value) => Number.isInteger(value) && value >= 1 && value <= 1_000_000,
  );
  const gain = read('gain', 'Points from 0 to 100', (value) => value >= 0 && value <= 100);
  const rule = {
    ...(lossAbove === undefined ? {} : { lossAbove }),
    ...(accuracy === undefined ? {} : { accuracyReached: accuracy / 100 }),
    ...(evaluations === undefined ? {} : { plateau: { evaluations, gain: (gain ?? 0) / 100 } }),
  };
  return { rule: Object.keys(errors).length > 0 ? null : (stopRule.safeParse(rule).data ?? null), errors };
}

export interface StopTotals {
  readonly runs: number;
  readonly ended: number;
  readonly stepsSaved: number;
  readonly secondsSaved: number;
  /** Seconds that the runs took together. */
  readonly seconds: number;
  /** Greatest loss of best accuracy over the runs, a fraction; null where none recorded any. */
  readonly mostLost: number | null;
  /** Runs that lose any of it. */
  readonly losing: number;
}

export function totalsOf(replays: readonly StopReplay[], secondsOf: (run: string) => number): StopTotals {
  const lost = replays.flatMap(({ accuracyLost }) => (accuracyLost === null ? [] : [accuracyLost]));
  const sum = (of: (replay: StopReplay) => number): number => replays.reduce((total, each) => total + of(each), 0);
  return {
    runs: replays.length,
    ended: replays.filter(({ stopsAt }) => stopsAt !== null).length,
    stepsSaved: sum(({ stepsSaved }) => stepsSaved),
    secondsSaved: sum(({ secondsSaved }) => secondsSaved),
    seconds: sum(({ run }) => secondsOf(run)),
    mostLost: lost.length === 0 ? null : Math.max(...lost),
    losing: lost.filter((each) => each > 0).length,
  };
}
