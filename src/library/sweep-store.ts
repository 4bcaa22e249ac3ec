import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import { recordIdPattern } from '../contracts/record-id.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import { parseJson, parseOrThrow } from '../contracts/parse.ts';
import { sweepRecord } from '../contracts/sweeps.ts';
import type { SweepRecord } from '../contracts/sweeps.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { requireOwn } from './folder-entries.ts';
import { shortened } from './shortened.ts';
import { moveToTrash } from './trash.ts';
import { writeError } from './write-error.ts';

/** The sweeps of a library: sweeps/<id>.json, written whole and atomically. */
export class SweepStore {
  readonly #library: string;
  readonly #folder: string;

  constructor(library: string) {
    this.#library = library;
    this.#folder = join(library, 'sweeps');
  }

  /** Newest first. A damaged file is named beside the rest and hides nothing else. */
  async list(): Promise<{ sweeps: SweepRecord[]; damaged: ErrorShape[] }> {
    const files = await readdir(this.#folder).catch(() => []);
    const sweeps: SweepRecord[] = [];
    const damaged: ErrorShape[] = [];
    for (const id of files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length))) {
      try {
        sweeps.push(await this.get(id));
      } catch (error) {
        damaged.push(toErrorShape(error));
      }
    }
    return { sweeps: sweeps.sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1)), damaged };
  }

  /** Throws `sweep/unknown`, `sweep/damaged`. */
  async get(id: string): Promise<SweepRecord> {
    if (!recordIdPattern.test(id)) throw unknownSweep(id);
    const path = join(this.#folder, `${id}.json`);
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw unknownSweep(id, cause);
    });
    return parseOrThrow(sweepRecord, parseJson(text), {
      code: 'sweep/damaged',
      what: path,
      remedy: 'its runs are not affected; bring this file back from a copy',
    });
  }

  /** Moves a sweep to the library's trash. Throws `sweep/unknown`, `library/...`. */
  async remove(id: string): Promise<void> {
    await this.get(id);
    requireOwn(this.#folder);
    await moveToTrash(this.#library, join(this.#folder, `${id}.json`), `sweep-${id}.json`);
  }

  /** Throws `library/...`. */
  async save(record: SweepRecord): Promise<void> {
    const path = join(this.#folder, `${record.id}.json`);
    try {
      requireOwn(this.#folder);
      await mkdir(this.#folder, { recursive: true });
      await writeFileAtomically(path, `${JSON.stringify(sweepRecord.parse(record), null, 2)}\n`);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }
}

function unknownSweep(id: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'sweep/unknown',
      message: `there is no sweep ${shortened(id)}`,
      expected: 'the id of a sweep of this library',
      remedy: '`microbatch sweep --list` shows them',
    },
    { cause },
  );
}
