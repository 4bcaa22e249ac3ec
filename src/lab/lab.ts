import type { ApiEmit, ApiHandlers } from '../contracts/api.ts';
import { toErrorShape } from '../contracts/errors.ts';
import { takeHostLock } from './host-lock.ts';
import type { HostLock } from './host-lock.ts';
import { handlersOf } from './lab-handlers.ts';
import type { LabOptions } from './lab-options.ts';
import { openServices } from './lab-services.ts';
import { refuseChanges } from './read-only-library.ts';
import type { SleepGap } from './run-life.ts';

export interface Lab {
  readonly handlers: ApiHandlers;
  /** Every event from now on; returns the function that ends the subscription. */
  subscribe(listener: ApiEmit): () => void;
  /** Runs that train at this moment. */
  runningCount(): number;
  /** Runs that rest; closing ends them as well. */
  pausedCount(): number;
  /** The machine is about to sleep: saves a checkpoint of every run that trains. Never rejects. */
  prepareSleep(): Promise<void>;
  /** The machine has woken: notes the gap in every run that trains. Never rejects. */
  noteSleep(gap: SleepGap): Promise<void>;
  /**
   * Stops what trains and gives the library back. Queued runs stay queued, unless `withdraw` takes them out of the
   * queue. Resolves when every record is written.
   */
  close(options?: { readonly withdraw: boolean }): Promise<void>;
}

/**
 * The services behind every window and command. Owns the library, unless it is read-only: throws `library/owned`
 * where another host does.
 */
export async function createLab(options: LabOptions): Promise<Lab> {
  const { library } = options;
  if (library.problem !== null) options.onProblem(library.problem.toShape());
  const lock: HostLock | null = library.readOnly ? null : takeHostLock(library.folder, options.owner);
  const listeners = new Set<ApiEmit>();
  const emit: ApiEmit = (name, event) => {
    for (const listener of listeners) {
      try {
        listener(name, event);
      } catch (error) {
        // A window that fails to listen must not keep others, or the work itself, from going on.
        options.onProblem(toErrorShape(error));
      }
    }
  };
  const services = await openServices(options, emit).catch((error: unknown) => {
    lock?.release();
    throw error;
  });
  const { runs, runtimes, datasets, imports } = services;
  const handlers = handlersOf(options, services, emit);
  return {
    handlers: library.readOnly ? refuseChanges(handlers, library.folder) : handlers,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    runningCount: () => runs.runningCount,
    pausedCount: () => runs.pausedCount,
    prepareSleep: () => runs.prepareSleep(),
    noteSleep: (gap) => runs.noteSleep(gap),
    async close({ withdraw } = { withdraw: false }) {
      datasets.close();
      imports.cancel();
      await runtimes.cancel();
      await runs.close({ withdraw });
      lock?.release();
    },
  };
}
