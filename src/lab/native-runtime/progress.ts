import type { InstallProgress } from '../../contracts/native-runtime.ts';

/** What an installation is doing, as its stages tell it. */
export type StageProgress = Omit<InstallProgress, 'secondsLeft' | 'line'>;

export type TimedProgress = Omit<InstallProgress, 'line'>;

/** How an installation is followed, and given up. */
export interface Follow {
  readonly report: (progress: StageProgress) => void;
  /** Told each line that pip or the compiler writes. */
  readonly line?: (line: string) => void;
  /** Gives the installation up: it ends with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** Less time than this says too little of a pace, seconds. */
const leastSeconds = 1;

/** Adds to the progress of an installation how long its stage still takes, by the pace since the stage began. */
export function withPace(
  report: (progress: TimedProgress) => void,
  now: () => number = () => performance.now(),
): (progress: StageProgress) => void {
  // Fetching and checking take turns, wheel by wheel: each keeps its beginning.
  const begun = new Map<InstallProgress['stage'], { readonly at: number; readonly done: number }>();
  return (progress) => {
    const { stage, bytes } = progress;
    if (bytes === null) {
      report({ ...progress, secondsLeft: null });
      return;
    }
    const begin = begun.get(stage) ?? { at: now(), done: bytes.done };
    begun.set(stage, begin);
    const seconds = (now() - begin.at) / 1000;
    const done = bytes.done - begin.done;
    const isKnown = seconds >= leastSeconds && done > 0;
    report({ ...progress, secondsLeft: isKnown ? (seconds * (bytes.total - bytes.done)) / done : null });
  };
}
