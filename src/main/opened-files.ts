import { statSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Files that were opened with the application: by the system (macOS) or on the command line of this or a second start.
 * They wait until a window takes them.
 */
export class OpenedFiles {
  #waiting: string[] = [];
  readonly #listeners = new Set<(waiting: number) => void>();

  add(paths: readonly string[]): void {
    if (paths.length === 0) return;
    this.#waiting = [...new Set([...this.#waiting, ...paths])].slice(0, 1000);
    for (const listener of this.#listeners) listener(this.#waiting.length);
  }

  /** What waits, once. */
  take(): readonly string[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  onWaiting(listener: (waiting: number) => void): void {
    this.#listeners.add(listener);
  }
}

/**
 * The files that a command line names: what is neither the program (and, unpacked, its folder) nor a switch, and is
 * there. Chromium adds switches of its own, and a system may pass addresses, which are no files of ours.
 */
export function filesOfCommandLine(
  commandLine: readonly string[],
  { isPackaged, folder }: { readonly isPackaged: boolean; readonly folder: string },
): string[] {
  return commandLine
    .slice(isPackaged ? 1 : 2)
    .filter((word) => word !== '' && !word.startsWith('-') && !/^[a-z][a-z0-9+.-]+:\/\//i.test(word))
    .map((word) => resolve(folder, word))
    .filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
}
