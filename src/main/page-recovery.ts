import { app, dialog } from 'electron';
import type { BrowserWindow } from 'electron';
import type { ProblemLog } from './problem-log.ts';

const allowedReloads = 3;
const periodMilliseconds = 60_000;

/**
 * Shows the page again after its process died; what trains is not touched. A page that dies more than three times in
 * a minute is left until the user decides.
 */
export function recoverPage(window: BrowserWindow, log: ProblemLog): void {
  let reloads: number[] = [];
  const page = window.webContents;
  page.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    log.write('window', `its process is gone: ${reason}`);
    const now = performance.now();
    reloads = [...reloads.filter((time) => now - time < periodMilliseconds), now];
    if (reloads.length <= allowedReloads) page.reload();
    else void askWhetherToReload(window);
  });
}

async function askWhetherToReload(window: BrowserWindow): Promise<void> {
  const quit = 1;
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: 'The window failed several times in a row.',
    detail: 'Runs go on training meanwhile.',
    buttons: ['Show the window again', 'Quit'],
    defaultId: 0,
    cancelId: 0,
  });
  if (response === quit) app.quit();
  else window.webContents.reload();
}
