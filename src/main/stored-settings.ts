import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Store from 'electron-store';
import { z } from 'zod';
import { parseJson } from '../contracts/parse.ts';
import { changedSettings, initialSettings, settings } from '../contracts/settings.ts';
import type { Settings, SettingsChange } from '../contracts/settings.ts';
import { keepAside } from '../lab/keep-aside.ts';
import { windowBounds } from './window-bounds.ts';
import type { WindowBounds } from './window-bounds.ts';

/** settings.json in the user's folder. `version` counts changes of shape. */
const currentVersion = 2;
const mostRecentLibraries = 8;
const storedSettings = z.object({
  version: z.literal(currentVersion),
  settings,
  window: windowBounds.nullable(),
  /** Folder of the library that the user chose last; null for the user's own. */
  library: z.string().min(1).nullable(),
  /** Folders of libraries that were chosen, the latest first. */
  recentLibraries: z.array(z.string().min(1)).max(mostRecentLibraries),
});
type StoredSettings = z.infer<typeof storedSettings>;

const initial: StoredSettings = {
  version: currentVersion,
  settings: initialSettings,
  window: null,
  library: null,
  recentLibraries: [],
};

const numbered = z.looseObject({ version: z.int().min(1) });
type Numbered = z.infer<typeof numbered>;

/** Steps from one version to the next: the entry at index v - 1 turns version v into v + 1. */
const upgrades: readonly ((old: Numbered) => Numbered)[] = [
  // Version 2 adds what a new run asks for, and the libraries of before.
  (old) => ({
    ...old,
    version: 2,
    settings: { executor: null, threads: null, ...z.looseObject({}).catch({}).parse(old.settings) },
    library: old.library ?? null,
    recentLibraries: typeof old.library === 'string' ? [old.library] : [],
  }),
];

export interface SettingsFile {
  readSettings(): Settings;
  /** Changes the named fields, writes the file at once and returns all settings. */
  writeSettings(change: SettingsChange): Settings;
  readWindow(): WindowBounds | null;
  writeWindow(bounds: WindowBounds): void;
  /** The library chosen last; null where none was. */
  readLibrary(): string | null;
  /** Makes a library the chosen one, and the latest of the recent ones. */
  writeLibrary(folder: string): void;
  readRecentLibraries(): readonly string[];
  /** Where a file that could not be read was kept, for the user to be told; null where all was well. */
  readonly keptAside: string | null;
}

/**
 * Opens the settings in `folder`. A file that is damaged, or written by a newer version, is renamed and kept,
 * and the settings begin anew.
 */
export function openSettings(folder: string): SettingsFile {
  mkdirSync(folder, { recursive: true });
  sweepTemporaryFiles(folder);
  const { content, keptAside } = readStored(join(folder, 'settings.json'));
  const store = new Store<StoredSettings>({ cwd: folder, name: 'settings', defaults: content });
  store.store = content;
  return {
    keptAside,
    readSettings: () => store.get('settings'),
    writeSettings(change) {
      const next = changedSettings(store.get('settings'), change);
      store.set('settings', next);
      return next;
    },
    readWindow: () => store.get('window'),
    writeWindow: (bounds) => store.set('window', bounds),
    readLibrary: () => store.get('library'),
    readRecentLibraries: () => store.get('recentLibraries'),
    writeLibrary(folder) {
      const others = store.get('recentLibraries').filter((known) => known !== folder);
      store.set({ library: folder, recentLibraries: [folder, ...others].slice(0, mostRecentLibraries) });
    },
  };
}

function readStored(file: string): { content: StoredSettings; keptAside: string | null } {
  if (!existsSync(file)) return { content: initial, keptAside: null };
  const content = parseStored(readFileSync(file, 'utf8'));
  if (content !== null) return { content, keptAside: null };
  return { content: initial, keptAside: keepAside(file) };
}

function parseStored(text: string): StoredSettings | null {
  const begin = numbered.safeParse(parseJson(text));
  if (!begin.success) return null;
  let value = begin.data;
  for (const upgrade of upgrades.slice(value.version - 1)) value = upgrade(value);
  const result = storedSettings.safeParse(value);
  return result.success ? result.data : null;
}

/** The store writes beside the file and renames; a process killed in between leaves that file behind. */
function sweepTemporaryFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('settings.json.tmp-')) rmSync(join(folder, name), { force: true });
  }
}
