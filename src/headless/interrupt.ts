import process from 'node:process';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** In a terminal npm passes Ctrl-C on to a process that has already had it: two at once are one. */
const echoMilliseconds = 400;

export interface Interrupt {
  /** Resolves with the first Ctrl-C, or another signal that asks to end. */
  readonly first: Promise<void>;
  /** Whether there was one. */
  readonly requested: boolean;
  /** Gives the signals back to Node. */
  release(): void;
}

/** Listens for Ctrl-C. The first one asks for an orderly end; every later one calls `kill`. */
export function interrupted(kill: () => void): Interrupt {
  let firstAt: number | null = null;
  let announce: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const listener = (): void => {
    if (firstAt === null) {
      firstAt = performance.now();
      announce();
    } else if (performance.now() - firstAt > echoMilliseconds) kill();
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    first,
    get requested() {
      return firstAt !== null;
    },
    release: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
