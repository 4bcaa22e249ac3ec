import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';

type Environment = Readonly<Record<string, string | undefined>>;

/** Folder of this user's data: the default library, data sets, native runtimes. `MICROBATCH_HOME` names another. */
export function userFolder(environment: Environment = process.env): string {
  const named = filled(environment.MICROBATCH_HOME);
  return named === null ? join(platformDataFolder(environment), 'microbatch') : resolve(named);
}

/** The library to open: the named folder, else `MICROBATCH_LIBRARY`, else the one in the user's folder. */
export function libraryFolder(named?: string, environment: Environment = process.env): string {
  const chosen = filled(named) ?? filled(environment.MICROBATCH_LIBRARY);
  return chosen === null ? join(userFolder(environment), 'library') : resolve(chosen);
}

/** Native TensorFlow runtimes, one folder each. */
export function runtimesFolder(environment: Environment = process.env): string {
  return join(userFolder(environment), 'runtimes');
}

/** Data sets that this user has added, one folder each. */
export function datasetsFolder(environment: Environment = process.env): string {
  return join(userFolder(environment), 'datasets');
}

function platformDataFolder(environment: Environment): string {
  switch (process.platform) {
    case 'win32':
      return filled(environment.LOCALAPPDATA) ?? join(homedir(), 'AppData', 'Local');
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support');
    default:
      return filled(environment.XDG_DATA_HOME) ?? join(homedir(), '.local', 'share');
  }
}

/** A variable that is set to nothing counts as not set. */
function filled(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
