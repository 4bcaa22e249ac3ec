import { existsSync } from 'node:fs';
import { app, dialog } from 'electron';
import type { Lab } from '../lab/lab.ts';
import { chooseLibraryFolder } from './open-lab.ts';
import type { SettingsFile } from '../lab/stored-settings.ts';

export interface LibraryChange {
  readonly lab: Lab;
  readonly settings: SettingsFile;
  /** Folder of the library that is open. */
  readonly open: string;
  /** Folder of the library to open; the user is asked unless given. */
  readonly library?: string;
}

/** Opens another library. A new start opens it, so that nothing of the old one is left over. */
export async function changeLibrary({ lab, settings, open, library }: LibraryChange): Promise<void> {
  if (lab.runningCount() + lab.pausedCount() > 0) {
    await tell(
      'Runs of this library are not finished.',
      'Stop them, or wait for their end, before another library is opened.',
    );
    return;
  }
  // Where its disk is not connected, a new and empty library would be begun in its place.
  if (library !== undefined && !existsSync(library)) {
    await tell('The library is not there.', `${library} does not exist, or its disk is not connected.`);
    return;
  }
  const chosen = library ?? (await chooseLibraryFolder());
  if (chosen === null) return;
  settings.writeLibrary(chosen, open);
  app.relaunch();
  app.quit();
}

async function tell(message: string, detail: string): Promise<void> {
  await dialog.showMessageBox({ type: 'info', message, detail, buttons: ['OK'] });
}
