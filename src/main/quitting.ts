import { app, dialog, powerMonitor } from 'electron';
import type { BrowserWindow, MessageBoxOptions } from 'electron';
import type { Lab } from '../lab/lab.ts';
import { bringForward } from './main-window.ts';
import { QuitGuard } from './quit-guard.ts';
import type { QuitChoice, UnfinishedRuns } from './quit-guard.ts';

/** Longest wait for runs to stop when the application ends, milliseconds. */
const patience = 20_000;

/** Sends whatever ends the application, or shows a window that was hidden for its runs, through one guard. */
export function guardQuitting(lab: Lab, window: BrowserWindow): void {
  const guard = new QuitGuard({
    unfinished: () => ({ training: lab.runningCount(), paused: lab.pausedCount() }),
    ask: (runs) => askWhatToDo(window, runs),
    shutDown: () => lab.close(),
    patience,
    hideWindows: () => window.hide(),
    quit: () => app.quit(),
  });
  const holdUntilClosed = (event: { preventDefault(): void }): void => {
    if (!guard.request()) event.preventDefault();
  };
  app.on('before-quit', holdUntilClosed);
  window.on('close', holdUntilClosed);
  window.on('show', () => guard.windowShown());
  // The guard decides when the application ends; a page must not hold its window open after that.
  window.webContents.on('will-prevent-unload', (event) => event.preventDefault());
  lab.subscribe((name) => {
    if (name === 'run.changed') guard.runEnded();
  });

  const end = (): void => guard.endWithoutAsking();
  window.on('session-end', end);
  powerMonitor.on('shutdown', end);
  // Set after Electron is ready: its own handlers, which would ask, are replaced.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);

  const show = (): void => bringForward(window);
  app.on('second-instance', show);
  app.on('activate', show);
}

async function askWhatToDo(window: BrowserWindow, { training, paused }: UnfinishedRuns): Promise<QuitChoice> {
  const keep = training === 0 ? [] : ([['keep', 'Keep training']] as const);
  const choices = [...keep, ['stop', 'Pause and quit'], ['cancel', 'Cancel']] as const;
  const options: MessageBoxOptions = {
    type: 'question',
    message: `${inWords(training, 'training')}${training > 0 && paused > 0 ? ', ' : ''}${inWords(paused, 'paused')}.`,
    detail:
      'A run that is paused saves a checkpoint, and can be resumed from exactly there.' +
      (training === 0 ? '' : ' Kept training, runs go on without the window; the application ends after the last one.'),
    buttons: choices.map(([, label]) => label),
    defaultId: training === 0 ? choices.length - 1 : 0,
    cancelId: choices.length - 1,
  };
  // A dialog that belongs to a hidden window would be hidden with it.
  const { response } = await (window.isVisible()
    ? dialog.showMessageBox(window, options)
    : dialog.showMessageBox(options));
  return choices[response]?.[0] ?? 'cancel';
}

function inWords(count: number, state: string): string {
  if (count === 0) return '';
  return count === 1 ? `1 run is ${state}` : `${String(count)} runs are ${state}`;
}
