import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { settings } from '../contracts/api.ts';
import type { Settings } from '../contracts/api.ts';
import type { SettingsStore } from '../lab/lab.ts';

const initial: Settings = { theme: 'system', sidebar: 'wide' };

/**
 * Settings of windows in a browser, web-settings.json in the user's folder. The desktop app keeps its own file, which
 * also holds its window. A file that is missing or damaged counts as the initial settings; where nothing can be
 * written a change lasts as long as the host.
 */
export function webSettings(folder: string): SettingsStore {
  const file = join(folder, 'web-settings.json');
  let current = readStored(file);
  return {
    readSettings: () => current,
    writeSettings(change) {
      current = { theme: change.theme ?? current.theme, sidebar: change.sidebar ?? current.sidebar };
      try {
        writeStored(folder, file, current);
      } catch {
        // A user's folder that cannot be written costs the memory of a setting, not the work with the window.
      }
      return current;
    },
  };
}

function readStored(file: string): Settings {
  try {
    const stored = settings.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return stored.success ? stored.data : initial;
  } catch {
    return initial;
  }
}

/** Beside it, then renamed: a reader sees the old content or the new one. */
function writeStored(folder: string, file: string, content: Settings): void {
  mkdirSync(folder, { recursive: true });
  const temporary = `${file}.${String(process.pid)}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(temporary, file);
}
