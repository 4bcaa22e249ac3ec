import { app, dialog } from 'electron';
import type { Lab } from '../lab/lab.ts';
import { chooseLibraryFolder } from './open-lab.ts';
import type { SettingsFile } from './stored-settings.ts';

/** Lets the user choose another library. A new start opens it, so that nothing of the old one is left over. */
export async function changeLibrary(lab: Lab, settings: SettingsFile): Promise<void> {
  if (lab.runningCount() + lab.pausedCount() > 0) {
    await dialog.showMessageBox({
      type: 'info',
      message: 'Runs of this library are not finished.',
      detail: 'Stop them, or wait for their end, before another library is opened.',
    });
    return;
  }
  const chosen = await chooseLibraryFolder();
  if (chosen === null) return;
  settings.writeLibrary(chosen);
  app.relaunch();
  app.quit();
}
