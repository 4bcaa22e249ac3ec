import type { ToDatasetTask } from '../contracts/dataset-protocol.ts';
import type { ToImportTask } from '../contracts/import-protocol.ts';
import type { ToProbe } from '../contracts/probe-protocol.ts';
import type { ToRunner } from '../contracts/runner-protocol.ts';

/** How a process ended. `code` is null where a signal ended it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Whether it ended because its memory, or the system's, ran out; false also where that is not known. */
  readonly outOfMemory: boolean;
  /** The last lines it wrote to its error stream, empty where there were none. */
  readonly lastWords: string;
}

/** A child process that talks in messages. Messages are plain data; what comes back is not trusted until parsed. */
export interface RunnerProcess {
  /** Undefined until it runs and after it ended. */
  readonly pid: number | undefined;
  /**
   * Copies the message as structured clone does, typed arrays included; messages arrive in their order. Does nothing
   * once the process has ended.
   */
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

/** How a process ended, to follow "the process ended": `with code 3`, `by signal SIGKILL`, `because its memory ran out`. */
export function wordsOfExit({ code, signal, outOfMemory }: ProcessExit): string {
  if (outOfMemory) return 'because its memory ran out';
  return signal !== null ? `by signal ${signal}` : `with code ${String(code)}`;
}

/** Whether the last words of a process, or V8's report of a fatal error in it, say that memory ran out. */
export const tellsOutOfMemory = (words: string): boolean => /(heap|process) out of memory|bad_alloc/.test(words);
