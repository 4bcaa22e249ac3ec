import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { HandedFile } from '../contracts/files.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import type { FileResolver } from './file-access.ts';

/** Handles that are remembered; the oldest is forgotten first. */
const mostHandles = 10_000;

/**
 * The files that the user gave to a window: by a dialog, by dropping them, by opening them with the application. The
 * window gets a handle, which nobody can guess, and no call of it reaches any other file.
 */
export class FileHandles {
  readonly #paths = new Map<string, string>();

  /** A handle for a file; the same one for a file that was given before. */
  give(path: string): HandedFile {
    const known = [...this.#paths].find(([, other]) => other === path)?.[0];
    // With the name of the file, for the fields in which a handle is shown.
    const file = known ?? `file:${randomBytes(24).toString('base64url')}/${basename(path)}`;
    this.#paths.delete(file);
    this.#paths.set(file, path);
    const oldest = this.#paths.keys().next().value;
    if (this.#paths.size > mostHandles && oldest !== undefined) this.#paths.delete(oldest);
    return { file, path };
  }

  /** The path behind a handle. Throws `files/not-handed` for anything else, paths included. */
  readonly resolve: FileResolver = (named) => {
    const path = this.#paths.get(named);
    if (path !== undefined) return Promise.resolve(path);
    return Promise.reject(
      new MicrobatchError({
        code: 'files/not-handed',
        message: 'the window named a file that the user did not give it',
        expected: 'the handle of a file that was chosen, dropped or opened since the application started',
        remedy: 'choose the file again',
      }),
    );
  };
}
