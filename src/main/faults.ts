import { app, dialog } from 'electron';
import type { ProblemLog } from './problem-log.ts';

/**
 * Logs what nobody foresaw: failures of this process and of the processes around it. A fault leaves the choice to the
 * user, because what trains may be worth more than a clean end.
 */
export function watchFaults(log: ProblemLog): void {
  let telling = false;
  process.on('unhandledRejection', (reason) => log.write('rejection', reason));
  process.on('uncaughtException', (error) => {
    log.write('fault', error);
    if (telling) return;
    telling = true;
    void tell(error, log.file).finally(() => (telling = false));
  });
  app.on('child-process-gone', (_event, { name, type, reason }) => {
    // A run that ended, or was ended by us, is told of by its record.
    if (reason !== 'clean-exit' && reason !== 'killed') log.write(name ?? type, `its process is gone: ${reason}`);
  });
}

async function tell(error: Error, logFile: string): Promise<void> {
  const quit = 1;
  const { response } = await dialog.showMessageBox({
    type: 'error',
    message: 'Microbatch met a fault.',
    detail: `${error.message}\n\nThe log ${logFile} has details. Runs go on training meanwhile.`,
    buttons: ['Go on', 'Quit'],
    defaultId: 0,
    cancelId: 0,
  });
  if (response === quit) app.quit();
}
