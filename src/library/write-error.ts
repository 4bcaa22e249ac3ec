import type { MicrobatchError } from '../contracts/errors.ts';
import { writeProblem } from '../contracts/write-problem.ts';

/** Whether the system refused an operation on a file, which then is what failed, not our code. */
export const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

/** An error of the file system while `path` of a library was written, in words. Errors of our own stay as they are. */
export function writeError(path: string, cause: unknown): MicrobatchError {
  return writeProblem('library', path, cause);
}
