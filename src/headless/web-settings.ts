import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changedSettings, initialSettings, settings } from '../contracts/settings.ts';
import type { Settings } from '../contracts/settings.ts';
import type { SettingsStore } from '../lab/lab.ts';
import { keepAside } from '../lab/keep-aside.ts';
import { replaceFileSync } from '../library/atomic-file.ts';

const fileName = 'web-settings.json';

/**
 * Settings of windows in a browser, web-settings.json in the user's folder. The desktop app keeps its own file, which
 * also holds its window. A file that cannot be read is kept aside, `report` is told, and the settings begin anew; where
 * nothing can be written a change lasts as long as the host.
 */
export function webSettings(folder: string, report: (sentence: string) => void): SettingsStore {
  let current = readStored(folder, report);
  return {
    readSettings: () => current,
    writeSettings(change) {
      current = changedSettings(current, change);
      try {
        writeStored(folder, current);
      } catch {
        // A user's folder that cannot be written costs the memory of a setting, not the work with the window.
      }
      return current;
    },
  };
}

function readStored(folder: string, report: (sentence: string) => void): Settings {
  const file = join(folder, fileName);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return initialSettings;
  }
  const stored = parseStored(text);
  if (stored !== null) return stored;
  report(`The settings ${file} cannot be read and begin anew${keptAside(file)}.`);
  return initialSettings;
}

/** A file of before a setting existed holds the others. */
function parseStored(text: string): Settings | null {
  try {
    const stored: unknown = JSON.parse(text);
    if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return null;
    return settings.safeParse({ ...initialSettings, ...stored }).data ?? null;
  } catch {
    return null;
  }
}

/** What became of the file, in words; nothing where it must stay as it is. */
function keptAside(file: string): string {
  try {
    return `; the file is kept as ${keepAside(file)}`;
  } catch {
    return '';
  }
}

function writeStored(folder: string, content: Settings): void {
  mkdirSync(folder, { recursive: true });
  replaceFileSync(join(folder, fileName), `${JSON.stringify(content, null, 2)}\n`);
}
