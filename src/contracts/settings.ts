import { z } from 'zod';
import { executorNames } from './run-spec.ts';

/** What a user prefers, on every window of one host. */
export const settings = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  sidebar: z.enum(['wide', 'rail']),
  /** Executor that a new run asks for; null takes its preset's. */
  executor: z.enum(executorNames).nullable(),
  /** Threads that a new run asks for; null takes its preset's. */
  threads: z.int().min(1).max(256).nullable(),
});
export type Settings = z.infer<typeof settings>;

export const settingsChange = settings.partial();
export type SettingsChange = z.infer<typeof settingsChange>;

export const initialSettings: Settings = { theme: 'system', sidebar: 'wide', executor: null, threads: null };

/** The settings after a change; what the change leaves out stays. */
export function changedSettings(now: Settings, change: SettingsChange): Settings {
  const named = Object.entries(change).filter(([, value]) => value !== undefined);
  return settings.parse({ ...now, ...Object.fromEntries(named) });
}
