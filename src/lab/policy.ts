import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { MicrobatchError } from '../contracts/errors.ts';
import { describeIssues } from '../contracts/parse.ts';
import { changedSettings, settings } from '../contracts/settings.ts';
import type { Settings, SettingsChange } from '../contracts/settings.ts';
import type { SettingsStore } from './lab-options.ts';

/** What the administrator of a machine decides for everybody on it. */
export const policy = z.strictObject({
  schema: z.literal(1),
  /** Folder of the one library that the application opens here. */
  library: z.string().refine(isAbsolute, 'expected an absolute path').optional(),
  /** Whether addresses of the web are opened in the system's browser. */
  externalLinks: z.boolean().default(true),
  /** Settings that users see and cannot change. */
  settings: settings.partial().strict().default({}),
});
export type Policy = z.infer<typeof policy>;

export interface ReadPolicy extends Policy {
  /** Where it was read from; null where there is none. */
  readonly file: string | null;
}

/** Where the policy of this machine is, in folders that only an administrator can write. */
export function policyFile(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return join(process.env['ProgramData'] ?? 'C:\\ProgramData', 'microbatch', 'policy.json');
  if (platform === 'darwin') return '/Library/Application Support/microbatch/policy.json';
  return '/etc/microbatch/policy.json';
}

/**
 * Reads the policy once, at the start. Without a file everything is allowed. Throws `policy/unreadable` where there is
 * one that cannot be obeyed: to start without it would be to ignore it.
 */
export function readPolicy(file = policyFile()): ReadPolicy {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) {
      return { schema: 1, externalLinks: true, settings: {}, file: null };
    }
    throw unreadable(file, cause instanceof Error ? cause.message : String(cause));
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unreadable(file, 'it is not JSON');
  }
  const parsed = policy.safeParse(json);
  if (!parsed.success) throw unreadable(file, describeIssues(parsed.error));
  return { ...parsed.data, file };
}

function unreadable(file: string, why: string): MicrobatchError {
  return new MicrobatchError({
    code: 'policy/unreadable',
    message: `the policy ${file} cannot be obeyed: ${why}`,
    expected: 'the form that docs/guide/lab-administration.md describes',
    remedy: 'ask the administrator of this machine to correct it',
  });
}

/** Names of the settings that a policy decides. */
export const managedSettings = ({ settings: fixed }: Policy): (keyof Settings)[] =>
  Object.keys(settings.shape).filter((name): name is keyof Settings => Object.hasOwn(fixed, name));

/** A store of settings under a policy: what it decides is read from it, and refused to be written. */
export function underPolicy(store: SettingsStore, given: Policy): SettingsStore {
  const managed = managedSettings(given);
  const decided = (own: Settings): Settings => changedSettings(own, given.settings);
  return {
    readSettings: () => decided(store.readSettings()),
    writeSettings(change: SettingsChange) {
      const refused = managed.filter((name) => change[name] !== undefined && change[name] !== given.settings[name]);
      if (refused.length > 0) {
        throw new MicrobatchError({
          code: 'settings/managed',
          message: `${refused.join(', ')} is set by the administrator of this machine`,
        });
      }
      return decided(store.writeSettings(change));
    },
  };
}
