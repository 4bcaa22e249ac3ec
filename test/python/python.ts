import { spawnSync } from 'node:child_process';
import process from 'node:process';

/**
 * A Python with torch: MICROBATCH_PYTHON, or the `python3` of the path. Null where there is none, which is said in a line
 * that `npm test` shows. Throws where MICROBATCH_PYTHON names one that cannot import torch.
 */
export function findPython(what: string): string | null {
  const named = process.env['MICROBATCH_PYTHON'];
  for (const python of named === undefined ? ['python3', 'python'] : [named]) {
    const { status } = spawnSync(python, ['-c', 'import torch'], { timeout: 120_000, stdio: 'ignore' });
    if (status === 0) return python;
  }
  if (named !== undefined) throw new Error(`MICROBATCH_PYTHON is ${named}, which cannot import torch`);
  console.log(`SKIPPED: ${what}: no Python with torch; name one by MICROBATCH_PYTHON`);
  return null;
}
