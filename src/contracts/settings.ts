import { z } from 'zod';
import { executorNames } from './run-spec.ts';

/** Whether updates come from a folder, which may be a share of the lab, and not from the web. */
export const isFolderAddress = (address: string): boolean => /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(address);

/**
 * Where updates come from: a program of the web runs on this machine afterwards, so nobody on the way may change it.
 */
const updateAddress = z
  .string()
  .max(2000)
  .refine(
    (address) => isFolderAddress(address) || (URL.canParse(address) && new URL(address).protocol === 'https:'),
    'expected an https address or the whole path of a folder',
  );

/** What a user prefers, on every window of one host. */
export const settings = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  sidebar: z.enum(['wide', 'rail']),
  /** Executor that a new run asks for; null takes its preset's. */
  executor: z.enum(executorNames).nullable(),
  /** Threads that a new run asks for; null takes its preset's. */
  threads: z.int().min(1).max(256).nullable(),
  /** Whether the system tells of runs that ended while the window was not in front; the desktop application's. */
  notifications: z.boolean(),
  /** Whether a sign in the tray says how many runs train, while some do; the desktop application's. */
  tray: z.boolean(),
  /** Where the desktop application looks for updates of itself when it starts; null: nowhere. */
  updates: updateAddress.nullable(),
});
export type Settings = z.infer<typeof settings>;

export const settingsChange = settings.partial();
export type SettingsChange = z.infer<typeof settingsChange>;

export const initialSettings: Settings = {
  theme: 'system',
  sidebar: 'wide',
  executor: null,
  threads: null,
  notifications: true,
  tray: true,
  updates: null,
};

/** The settings after a change; what the change leaves out stays. */
export function changedSettings(now: Settings, change: SettingsChange): Settings {
  const named = Object.entries(change).filter(([, value]) => value !== undefined);
  return settings.parse({ ...now, ...Object.fromEntries(named) });
}
