import { randomBytes } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
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

  /** Moves a file or folder there. Throws `library/...`. */
  async take(path: string): Promise<void> {
    const goal = join(this.#library, 'quarantine', this.#name, relative(this.#library, path));
    try {
      await mkdir(dirname(goal), { recursive: true });
      await rename(path, goal);
      this.#used = true;
    } catch (cause) {
      throw writeError(goal, cause);
    }
  }
}

/** A path within the library as it is shown. */
export function withinLibrary(library: string, path: string): string {
  return relative(library, path).split(sep).join('/');
}
