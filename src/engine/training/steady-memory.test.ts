import { fork } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Resident bytes of a process of its own after so many steps. */
function memoryAfter(executor: string, setting: string, steps: readonly number[]): Promise<number[]> {
  const child = fork(
    join(import.meta.dirname, '../../../test/steady-memory-child.ts'),
    [executor, setting, ...steps.map(String)],
    {
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    },
  );
  const found: number[] = [];
  child.on('message', (bytes) => found.push(Number(bytes)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve(found);
      else reject(new Error(`the process ended with ${String(code)}`));
    });
  });
}

describe('resident memory', () => {
  // A leak of one parameter-sized tensor a step would be 2,500 times 600 bytes here, one of a native object far more.
  it.each(['small-batch', 'gradient-norm'])('does not grow from step to step: onnx, %s', async (setting) => {
    const [warm = 0, later = Number.NaN] = await memoryAfter('onnx', setting, [500, 3000]);
    expect(later - warm).toBeLessThan(8e6);
  });
});
