import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, syncFolder } from '../atomic-file.ts';
import { damagedCheckpoint } from './errors.ts';
import type { StoredTensor } from './manifest.ts';

/** Puts content at a path, durably once its folder is synced: whole or not at all. */
export type WriteFile = (path: string, content: string | Uint8Array) => Promise<void>;

/** Tensors on disk by the SHA-256 of their bytes: one that several checkpoints share is there once. */
export class TensorObjects {
  readonly #folder: string;
  readonly #write: WriteFile;

  constructor(folder: string, write: WriteFile = replaceFile) {
    this.#folder = folder;
    this.#write = write;
  }

  /** Stores tensors; durable on return. One that is there already, undamaged, is not written again. */
  async put(tensors: Readonly<Record<string, Float32Array>>): Promise<Record<string, StoredTensor>> {
    await makeFolder(this.#folder);
    const stored: Record<string, StoredTensor> = {};
    for (const [name, data] of Object.entries(tensors)) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const tensor = { sha256: hash(bytes), length: data.length };
      if (!(await this.#holds(tensor))) await this.#write(this.path(tensor), bytes);
      stored[name] = tensor;
    }
    await syncFolder(this.#folder);
    return stored;
  }

  /** Throws `checkpoint/damaged` for an object that is missing or not what its name says. */
  async get(tensor: StoredTensor): Promise<Float32Array> {
    const path = this.path(tensor);
    const expected = `${String(4 * tensor.length)} bytes with the SHA-256 in its name`;
    const found = await lstat(path).catch((cause: unknown) => {
      throw damagedCheckpoint(path, 'it is missing', expected, cause);
    });
    if (!found.isFile()) throw damagedCheckpoint(path, 'it is no plain file', expected);
    // Checked before anything is read, so that a huge file is not.
    if (found.size !== 4 * tensor.length) throw damagedCheckpoint(path, `it has ${String(found.size)} bytes`, expected);
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw damagedCheckpoint(path, 'it cannot be read', expected, cause);
    });
    if (hash(bytes) !== tensor.sha256) throw damagedCheckpoint(path, 'its bytes have another SHA-256', expected);
    return new Float32Array(Uint8Array.from(bytes).buffer);
  }

  path({ sha256 }: StoredTensor): string {
    return join(this.#folder, sha256);
  }

  /** Removes every object that is not named, and what a killed writer left. */
  async keepOnly(tensors: readonly StoredTensor[]): Promise<void> {
    const kept = new Set(tensors.map(({ sha256 }) => sha256));
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (!kept.has(name)) await rm(join(this.#folder, name), { force: true });
    }
  }

  async #holds(tensor: StoredTensor): Promise<boolean> {
    return this.get(tensor).then(
      () => true,
      () => false,
    );
  }
}

/** Makes a folder unless it is there; never the one around it: a library that is gone must not come back as a torso. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
