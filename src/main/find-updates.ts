import { join } from 'node:path';
import { app, dialog } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Lab } from '../lab/lab.ts';
import type { SettingsStore } from '../lab/lab-options.ts';
import type { ProblemLog } from './problem-log.ts';
import { Updates } from './updates.ts';
import type { Updater } from './updates.ts';

export interface FindUpdatesOptions {
  readonly lab: Lab;
  readonly settings: SettingsStore;
  readonly window: BrowserWindow;
  readonly log: ProblemLog;
}

/** Updates with electron-updater and the dialogs of the system. */
export function findUpdates({ lab, settings, window, log }: FindUpdatesOptions): Updates {
  const ask = async (message: string, detail: string, agree: string): Promise<boolean> => {
    const options = {
      type: 'question' as const,
      message,
      detail,
      buttons: ['Not now', agree],
      defaultId: 0,
      cancelId: 0,
    };
    return (await dialog.showMessageBox(window, options)).response === 1;
  };
  return new Updates({
    address: () => settings.readSettings().updates,
    updater: loadUpdater,
    folder: join(app.getPath('userData'), 'updates'),
    log,
    unfinishedRuns: () => lab.runningCount() + lab.pausedCount(),
    tell: async (message, detail) => {
      await dialog.showMessageBox(window, { type: 'info', message, detail, buttons: ['OK'] });
    },
    ask,
  });
}

/** Loaded where updates are wanted only: it looks at how the application was installed. */
async function loadUpdater(): Promise<Updater | null> {
  if (!app.isPackaged) return null;
  const { default: updaters } = await import('electron-updater');
  return updaters.autoUpdater.isUpdaterActive() ? updaters.autoUpdater : null;
}

/** Asks whether programs of an address may replace this one. */
export async function trustsUpdatesOf(window: BrowserWindow, address: string): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'warning',
    message: 'Take updates from there?',
    detail: `${address}\n\nWhoever can write there can replace this application by another program.`,
    buttons: ['Cancel', 'Take updates from there'],
    defaultId: 0,
    cancelId: 0,
  });
  return response === 1;
}
