import { join } from 'node:path';
import { app, Menu, nativeImage, Tray } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Lab } from '../lab/lab.ts';
import type { SettingsStore } from '../lab/lab-options.ts';
import { bringForward } from './main-window.ts';

export interface TrayOptions {
  readonly lab: Lab;
  readonly window: BrowserWindow;
  readonly settings: SettingsStore;
  /** Folder of what ships with the application. */
  readonly resources: string;
}

/** Keeps a sign in the tray while runs train and the settings want it: how many, and the way back to the window. */
export function keepTray({ lab, window, settings, resources }: TrayOptions): void {
  let tray: Tray | null = null;
  let told = 0;
  const refresh = (): void => {
    const count = settings.readSettings().tray ? lab.runningCount() : 0;
    if (count === told) return;
    told = count;
    if (count === 0) {
      tray?.destroy();
      tray = null;
      return;
    }
    tray ??= makeTray(resources, window);
    const words = count === 1 ? '1 run is training' : `${String(count)} runs are training`;
    tray.setToolTip(`Microbatch: ${words}`);
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: words, enabled: false },
        { type: 'separator' },
        { label: 'Show the window', click: () => bringForward(window) },
        { label: 'Quit…', click: () => app.quit() },
      ]),
    );
  };
  lab.subscribe((name) => {
    if (name === 'run.changed' || name === 'settings.changed') refresh();
  });
}

function makeTray(resources: string, window: BrowserWindow): Tray {
  // The file of twice the size beside it is found by its name.
  const tray = new Tray(nativeImage.createFromPath(join(resources, 'icons', 'tray.png')));
  tray.on('click', () => bringForward(window));
  return tray;
}
