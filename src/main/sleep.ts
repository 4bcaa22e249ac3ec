import { powerMonitor } from 'electron';
import type { Lab } from '../lab/lab.ts';

/**
 * Saves a checkpoint of every run before the machine sleeps, as far as the system leaves the time for it, and notes the
 * gap in the runs when it wakes. The processes themselves sleep and go on with the machine.
 */
export function guardSleep(lab: Lab): void {
  let since: Date | null = null;
  powerMonitor.on('suspend', () => {
    since ??= new Date();
    void lab.prepareSleep();
  });
  powerMonitor.on('resume', () => {
    if (since === null) return;
    void lab.noteSleep({ from: since, to: new Date() });
    since = null;
  });
}
