import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../contracts/parse.ts';
import { changedSettings, initialSettings, settings } from '../contracts/settings.ts';
import type { Settings, SettingsChange } from '../contracts/settings.ts';
import { keepAside } from './keep-aside.ts';

/** Place and size of a window in device-independent pixels. */
export const windowBounds = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(1),
  height: z.int().min(1),
  maximized: z.boolean(),
});
export type WindowBounds = z.infer<typeof windowBounds>;

/** A settings file. `version` counts changes of shape. */
const currentVersion = 3;
const mostRecentLibraries = 8;
const storedSettings = z.object({
  version: z.literal(currentVersion),
  settings,
  /** Of the desktop application, as are the libraries: a browser has its own window, and a web host is told its library. */
  window: windowBounds.nullable(),
  /** Folder of the library that the user chose last; null for the user's own. */
  library: z.string().min(1).nullable(),
  /** Folders of libraries that were chosen, the latest first. */
  recentLibraries: z.array(z.string().min(1)).max(mostRecentLibraries),
});
export type StoredSettings = z.infer<typeof storedSettings>;

const initial: StoredSettings = {
  version: currentVersion,
  settings: initialSettings,
  window: null,
  library: null,
  recentLibraries: [],
};

const numbered = z.looseObject({ version: z.int().min(1) });
type Numbered = z.infer<typeof numbered>;
/** Settings of any version, and whatever else stands there. */
const anySettings = z.looseObject({}).catch({});

/** Steps from one version to the next: the entry at index v - 1 turns version v into v + 1. */
const upgrades: readonly ((old: Numbered) => Numbered)[] = [
  // Version 2 adds what a new run asks for, and the libraries of before.
  (old) => ({
    ...old,
    version: 2,
    settings: { executor: null, threads: null, ...anySettings.parse(old.settings) },
    library: old.library ?? null,
    recentLibraries: typeof old.library === 'string' ? [old.library] : [],
  }),
  // Version 3 adds notifications, the tray and the search for updates.
  (old) => ({
    ...old,
    version: 3,
    settings: { notifications: true, tray: true, updates: null, ...anySettings.parse(old.settings) },
  }),
];

/** The part of a store of electron-store, or of conf that it is made of, that is used. */
export interface StoreLike {
  store: StoredSettings;
}

export interface SettingsFileOptions {
  /** Name of the file, without `.json`. */
  readonly name: string;
  /** Opens the store of a file; it is told what the file holds, and writes it beside and renames. */
  readonly openStore: (options: { cwd: string; name: string; defaults: StoredSettings }) => StoreLike;
  /** Told in a sentence what could not be read or written. */
  readonly report: (sentence: string) => void;
}

export interface SettingsFile {
  readSettings(): Settings;
  /** Changes the named fields, writes the file at once and returns all settings. */
  writeSettings(change: SettingsChange): Settings;
  readWindow(): WindowBounds | null;
  writeWindow(bounds: WindowBounds): void;
  /** The library chosen last; null where none was. */
  readLibrary(): string | null;
  /** Makes a library the chosen one, and the latest of the recent ones; after it comes the one that it replaces. */
  writeLibrary(folder: string, replaced?: string): void;
  readRecentLibraries(): readonly string[];
}

/**
 * Opens the settings in `folder`. A file that is damaged, or written by a newer version, is renamed and kept, and the
 * settings begin anew. Where nothing can be written, a change lasts as long as this process.
 */
export function openSettings(folder: string, { name, openStore, report }: SettingsFileOptions): SettingsFile {
  const file = join(folder, `${name}.json`);
  let current = readStored(file, report);
  let store: StoreLike | null = null;
  const write = (): void => {
    try {
      if (store === null) {
        mkdirSync(folder, { recursive: true });
        sweepTemporaryFiles(folder, name);
        store = openStore({ cwd: folder, name, defaults: current });
      }
      store.store = current;
    } catch (error) {
      // A folder that cannot be written costs the memory of a setting, not the work with the window.
      report(`The settings ${file} cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
    }
  };
  const change = (changed: Partial<StoredSettings>): void => {
    current = { ...current, ...changed };
    write();
  };
  return {
    readSettings: () => current.settings,
    writeSettings(wanted) {
      change({ settings: changedSettings(current.settings, wanted) });
      return current.settings;
    },
    readWindow: () => current.window,
    writeWindow: (window) => change({ window }),
    readLibrary: () => current.library,
    readRecentLibraries: () => current.recentLibraries,
    writeLibrary(library, replaced) {
      const before = replaced === undefined ? [] : [replaced];
      const recentLibraries = [...new Set([library, ...before, ...current.recentLibraries])];
      change({ library, recentLibraries: recentLibraries.slice(0, mostRecentLibraries) });
    },
  };
}

function readStored(file: string, report: (sentence: string) => void): StoredSettings {
  if (!existsSync(file)) return initial;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    report(`The settings ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
    return initial;
  }
  const content = parseStored(text);
  if (content !== null) return content;
  report(`The settings ${file} cannot be read and begin anew${keptAside(file)}.`);
  return initial;
}

/** What became of the file, in words; nothing where it must stay as it is. */
function keptAside(file: string): string {
  try {
    return `; the file is kept as ${keepAside(file)}`;
  } catch {
    return '';
  }
}

function parseStored(text: string): StoredSettings | null {
  const json = parseJson(text);
  const begin = numbered.safeParse(asNumbered(json));
  if (!begin.success) return null;
  let value = begin.data;
  for (const upgrade of upgrades.slice(value.version - 1)) value = upgrade(value);
  const result = storedSettings.safeParse(value);
  return result.success ? result.data : null;
}

/** Before they were numbered, a web host kept the settings alone. */
function asNumbered(json: unknown): unknown {
  const alone = z.looseObject({ theme: z.string(), version: z.undefined().optional() }).safeParse(json);
  return alone.success ? { version: 1, settings: alone.data, window: null } : json;
}

/** The store writes beside the file and renames; a process killed in between leaves that file behind. */
function sweepTemporaryFiles(folder: string, name: string): void {
  for (const entry of readdirSync(folder)) {
    if (entry.startsWith(`${name}.json.tmp-`)) rmSync(join(folder, entry), { force: true });
  }
}
