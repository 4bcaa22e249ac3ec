import { powerSaveBlocker } from 'electron';
import type { Lab } from '../lab/lab.ts';

/** Keeps the machine from going to sleep while runs train; the screen may. */
export function stayAwakeWhileTraining(lab: Lab): void {
  let blocker: number | null = null;
  lab.subscribe((name) => {
    if (name !== 'run.changed') return;
    const training = lab.runningCount() > 0;
    if (training && blocker === null) blocker = powerSaveBlocker.start('prevent-app-suspension');
    if (!training && blocker !== null) {
      powerSaveBlocker.stop(blocker);
      blocker = null;
    }
  });
}
