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

export function unknownStep(step: number, steps: readonly number[]): MicrobatchError {
  const shown = steps.slice(-20).join(', ');
  return new MicrobatchError({
    code: 'checkpoint/unknown-step',
    message: `there is no checkpoint of step ${String(step)}`,
    expected: steps.length === 0 ? 'a step with a checkpoint' : `one of the steps ${shown}`,
  });
}
