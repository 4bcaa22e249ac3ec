import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import { writeProblem } from '../../contracts/write-problem.ts';
import { isTaken, lockFile } from '../system-lock.ts';

/**
 * Makes this the one installation into a folder of runtimes, of all processes of all hosts. Returns what ends that.
 * Throws `runtime/busy`, and `runtime/not-writable` and the like where the folder cannot be written.
 */
export function takeInstallLock(runtimes: string): () => void {
  try {
    mkdirSync(runtimes, { recursive: true });
    const database = lockFile(join(runtimes, '.install.sqlite'));
    return () => database.close();
  } catch (cause) {
    if (!isTaken(cause)) throw writeProblem('runtime', runtimes, cause);
    throw new MicrobatchError(
      {
        code: 'runtime/busy',
        message: `a runtime is being installed into ${runtimes} already`,
        expected: 'one installation at a time, of all windows and verbs',
        remedy: 'wait for it, or cancel it where it was started',
      },
      { cause },
    );
  }
}
