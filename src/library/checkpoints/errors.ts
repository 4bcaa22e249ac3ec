import { MicrobatchError } from '../../contracts/errors.ts';

export function damagedCheckpoint(path: string, problem: string, expected: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'checkpoint/damaged',
      message: `${path} cannot be used: ${problem}`,
      expected,
      remedy: 'the other checkpoints of the run are not affected: use one of them, or bring this file back from a copy',
    },
    { cause },
  );
}
