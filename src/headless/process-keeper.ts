import type { ProcessHost, RunnerProcess } from '../lab/process-host.ts';

export interface ProcessKeeper {
  readonly processHost: ProcessHost;
  /** Ends every process that lives, at once. */
  readonly killAll: () => void;
}

/** A process host that remembers what it started, for the person who does not want to wait for an orderly end. */
export function keepProcesses(inner: ProcessHost): ProcessKeeper {
  const alive = new Set<RunnerProcess>();
  return {
    processHost: {
      start(entry, options) {
        const process = inner.start(entry, options);
        alive.add(process);
        process.onExit(() => alive.delete(process));
        return process;
      },
    },
    killAll() {
      for (const process of alive) process.kill();
    },
  };
}
