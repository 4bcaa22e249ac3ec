import type { ToDatasetTask } from '../contracts/dataset-protocol.ts';
import type { ToImportTask } from '../contracts/import-protocol.ts';
import type { ToProbe } from '../contracts/probe-protocol.ts';
import type { ToRunner } from '../contracts/runner-protocol.ts';

/** How a process ended. `code` is null where a signal ended it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines it wrote to its error stream, empty where there were none. */
  readonly lastWords: string;
}

/** A child process that talks in messages. Messages are plain data; what comes back is not trusted until parsed. */
export interface RunnerProcess {
  /** Undefined until it runs and after it ended. */
  readonly pid: number | undefined;
  /** Does nothing once the process has ended. */
  send(message: ToRunner | ToProbe | ToDatasetTask | ToImportTask): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, also where the process could not be started. */
  onExit(listener: (exit: ProcessExit) => void): void;
  /** Ends the process at once, without asking it. */
  kill(): void;
}

export interface ProcessOptions {
  /** For lists of processes. */
  readonly name: string;
  /** Variables of its environment beyond those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts processes: with Electron as utility processes, elsewhere with fork. The entry file is the same. */
export interface ProcessHost {
  start(entry: string, options: ProcessOptions): RunnerProcess;
}
