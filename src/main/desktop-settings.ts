import Store from 'electron-store';
import { openSettings } from '../lab/stored-settings.ts';
import type { SettingsFile, StoredSettings } from '../lab/stored-settings.ts';

/** Settings of the desktop application, settings.json in Electron's user folder. `report` is told of what fails. */
export function desktopSettings(folder: string, report: (sentence: string) => void): SettingsFile {
  const file = openSettings(folder, {
    name: 'settings',
    openStore: (options) => new Store<StoredSettings>(options),
    report,
  });
  // Opens the store now: with it electron-store opens a channel to every page, which the application closes again.
  file.writeSettings({});
  return file;
}
