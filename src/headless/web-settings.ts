import Conf from 'conf';
import { openSettings } from '../lab/stored-settings.ts';
import type { SettingsFile, StoredSettings } from '../lab/stored-settings.ts';

/**
 * Settings of windows in a browser, web-settings.json in the user's folder. The desktop application keeps a file of its
 * own by the same code, which also holds its window. `report` is told in a sentence what could not be read or written.
 */
export function webSettings(folder: string, report: (sentence: string) => void): SettingsFile {
  return openSettings(folder, {
    name: 'web-settings',
    openStore: ({ name, ...options }) => new Conf<StoredSettings>({ ...options, configName: name }),
    report,
  });
}
