import { randomBytes } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { requireOwn } from '../folder-entries.ts';
import { writeError } from '../write-error.ts';

/** A folder of the library that takes what is damaged, by its old path, so that nothing is ever deleted. */
export class Quarantine {
  readonly #library: string;
  readonly #name: string;
  #used = false;

  constructor(library: string) {
    this.#library = library;
    const moment = new Date()
      .toISOString()
      .replaceAll(/[-:]|\.\d+/g, '')
      .toLowerCase();
    this.#name = `${moment}-${randomBytes(2).toString('hex')}`;
  }

  /** Within the library; null while nothing is there. */
  get folder(): string | null {
    return this.#used ? `quarantine/${this.#name}` : null;
  }

  /** Moves a file or folder there; nothing that lies behind a link. Throws `library/...`. */
  async take(path: string): Promise<void> {
    const goal = join(this.#library, 'quarantine', this.#name, relative(this.#library, path));
    try {
      requireOwn(join(this.#library, 'quarantine'), ...foldersAbove(this.#library, path));
      await mkdir(dirname(goal), { recursive: true });
      await rename(path, goal);
      this.#used = true;
    } catch (cause) {
      throw writeError(goal, cause);
    }
  }
}

/** The folders between a library and a path within it. */
function foldersAbove(library: string, path: string): string[] {
  const above = dirname(path);
  return above === library || above === dirname(above) ? [] : [...foldersAbove(library, above), above];
}

/** A path within the library as it is shown. */
export function withinLibrary(library: string, path: string): string {
  return relative(library, path).split(sep).join('/');
}
