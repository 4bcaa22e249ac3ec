const ticks = 10;

/** Ends a wait that is not over yet. */
export interface Wait {
  end(): void;
}

/**
 * Calls `then` once, after about so many milliseconds in which this machine was awake. It counts ticks and not the
 * clock: of the hours that a machine slept at most one tick passes, so that a healthy process does not look dead.
 */
export function waitAwake(milliseconds: number, then: () => void): Wait {
  let left = ticks;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    then();
  }, milliseconds / ticks);
  return { end: () => clearInterval(timer) };
}
