import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describeError, MicrobatchError } from '../contracts/errors.ts';

const largestBytes = 1_000_000;

export interface ProblemLog {
  /** Path of the log file. */
  readonly file: string;
  /** Writes a line of what went wrong and where; of a failure that was not foreseen, with its stack. Never throws. */
  write(where: string, problem: unknown): void;
  /** Its last lines, oldest first; none where it cannot be read. */
  tail(lines: number): readonly string[];
}

/** main.log in `folder`: what went wrong in the main process. A full file becomes main.old.log. */
export function openProblemLog(folder: string): ProblemLog {
  const file = join(folder, 'main.log');
  // A terminal that is gone must not take the application along.
  process.stderr.on('error', () => undefined);
  return {
    file,
    write(where, problem) {
      const line = `${new Date().toISOString()} ${where}: ${inWords(problem)}\n`;
      process.stderr.write(line);
      try {
        mkdirSync(folder, { recursive: true });
        makeRoom(file, join(folder, 'main.old.log'));
        appendFileSync(file, line);
      } catch {
        // A disk that is full is no reason to fail; the line went to the error stream.
      }
    },
    tail(lines) {
      const read = (path: string): string[] => {
        try {
          return readFileSync(path, 'utf8').trimEnd().split('\n');
        } catch {
          return [];
        }
      };
      return [...read(join(folder, 'main.old.log')), ...read(file)].filter((line) => line !== '').slice(-lines);
    },
  };
}

function makeRoom(file: string, old: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size >= largestBytes) renameSync(file, old);
}

function inWords(problem: unknown): string {
  if (typeof problem === 'string') return problem;
  if (problem instanceof MicrobatchError) return describeError(problem.toShape());
  return problem instanceof Error ? (problem.stack ?? problem.message) : JSON.stringify(problem);
}
