import { formatCount } from '../../format/numbers.ts';
import { plural } from '../../format/words.ts';

/** What resuming a run comes to: where it goes on, and how many of its `step` steps are trained again. */
export function resumeWords(step: number, checkpoint: number): string {
  if (checkpoint === 0) {
    return step === 0
      ? 'Resuming starts it from its first step.'
      : `It has no checkpoint yet: resuming trains its ${plural(step, 'step')} again from the beginning.`;
  }
  const again = step - checkpoint;
  const from = `Resuming goes on exactly from the checkpoint of step ${formatCount(checkpoint)}`;
  return again <= 0
    ? `${from}; nothing that was recorded is lost.`
    : `${from}; ${plural(again, 'step')} after it will be trained again.`;
}
