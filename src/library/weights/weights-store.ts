import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MicrobatchError } from '../../contracts/errors.ts';
import { recordId, recordIdPattern } from '../../contracts/record-id.ts';
import { describeIssues, parseJson } from '../../contracts/parse.ts';
import { publish, writeFileAtomically } from '../atomic-file.ts';
import { requireOwn } from '../folder-entries.ts';
import { writeNewFile } from '../exports/new-file.ts';
import type { StoredTensor, TensorInFile } from '../formats/element-types.ts';
import { openSafetensors } from '../formats/safetensors.ts';
import { streamSafetensors } from '../formats/write-safetensors.ts';
import { bringBack, moveToTrash } from '../trash.ts';
import { hashFile } from '../hash-file.ts';
import { writeError } from '../write-error.ts';
import type { WeightsEvaluation } from '../../contracts/evaluations.ts';
import type { NamedTensors } from './net-weights.ts';
import { keepWeightsEvaluation, readWeightsEvaluations, weightsEvaluationsName } from './weights-evaluations.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** weights.json: weights that were imported. The tensors are in weights.safetensors beside it. */
export const weightsRecord = z.object({
  schema: z.literal(1),
  id: recordId,
  name: z.string(),
  origin: z.object({
    /** Name of the file, without its path. */
    file: z.string(),
    form: z.enum(['safetensors', 'pth']),
    sha256,
    importedAt: z.string(),
    app: z.string(),
    /** What was left out or assumed, in words. */
    notes: z.array(z.string()),
  }),
  tensors: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.int()) })),
  /** Of weights.safetensors. */
  sha256,
});
export type WeightsRecord = z.infer<typeof weightsRecord>;

const fileNames = ['weights.json', 'weights.safetensors', weightsEvaluationsName];

/** The imported weights of a library: weights/<id>/. */
export class WeightsStore {
  readonly #library: string;
  readonly #weights: string;

  constructor(library: string) {
    this.#library = library;
    this.#weights = join(library, 'weights');
  }

  /** Newest first; a damaged one is left out. */
  async list(): Promise<WeightsRecord[]> {
    const names = await readdir(this.#weights).catch(() => []);
    const found = await Promise.all(
      names.filter((name) => recordIdPattern.test(name)).map((name) => this.get(name).catch(() => null)),
    );
    return found
      .filter((record) => record !== null)
      .toSorted((left, right) => (left.origin.importedAt < right.origin.importedAt ? 1 : -1));
  }

  /** Throws `weights/unknown`, `weights/damaged`. */
  async get(id: string): Promise<WeightsRecord> {
    return readRecord(join(this.#folder(id), 'weights.json')).catch((error: unknown) => {
      throw error instanceof MicrobatchError ? error : unknownWeights(id, error);
    });
  }

  /** By id, by the unique beginning of an id or by a unique name; null where nothing fits. Throws `weights/ambiguous`. */
  async find(reference: string): Promise<WeightsRecord | null> {
    const records = await this.list();
    const exact = records.filter(({ id }) => id === reference);
    const byPrefix = reference === '' ? [] : records.filter(({ id }) => id.startsWith(reference));
    const byName = records.filter(({ name }) => name === reference);
    const found = [exact, byPrefix, byName].find((each) => each.length > 0) ?? [];
    if (found.length < 2) return found[0] ?? null;
    throw new MicrobatchError({
      code: 'weights/ambiguous',
      message: `${reference} means ${String(found.length)} imported weights: ${found
        .slice(0, 5)
        .map(({ id }) => id)
        .join(', ')}`,
      expected: 'the id of one, or a beginning that only one id has',
    });
  }

  /** Throws `weights/unknown`, and `weights/damaged` where the record or the file is not what was imported. */
  async verify(id: string): Promise<void> {
    await this.#soundFile(await this.get(id));
  }

  /** Throws `weights/damaged` where the file is not the one that was imported. */
  async read(record: WeightsRecord): Promise<NamedTensors> {
    const path = await this.#soundFile(record);
    const file = await open(path).catch((cause: unknown) => {
      throw damaged(path, 'it cannot be read', cause);
    });
    try {
      const { tensors } = await openSafetensors(file, (await file.stat()).size);
      const read = new Map<string, StoredTensor>();
      // In the order of the file that they came from.
      for (const { name } of record.tensors) {
        const tensor = tensors.get(name);
        if (tensor === undefined) throw damaged(path, `it has no tensor ${name}`);
        read.set(name, await tensor.read());
      }
      return read;
    } finally {
      await file.close();
    }
  }

  /** Writes weights in a folder on the same disk and moves it to its place. Throws `library/...`. */
  async takeIn(
    staging: string,
    tensors: ReadonlyMap<string, TensorInFile>,
    facts: Pick<WeightsRecord, 'id' | 'name' | 'origin'>,
  ): Promise<WeightsRecord> {
    const prepared = join(staging, facts.id);
    const folder = this.#folder(facts.id);
    try {
      await mkdir(prepared);
      const parts = streamSafetensors(tensors, { format: 'pt' });
      const file = await writeNewFile(join(prepared, 'weights.safetensors'), parts, { force: false });
      const record: WeightsRecord = {
        schema: 1,
        ...facts,
        tensors: [...tensors].map(([name, { type, shape }]) => ({ name, type, shape: [...shape] })),
        sha256: file.sha256,
      };
      await writeFileAtomically(join(prepared, 'weights.json'), `${JSON.stringify(record, null, 2)}\n`);
      await mkdir(this.#weights, { recursive: true });
      await publish(prepared, folder);
      return record;
    } catch (cause) {
      throw writeError(folder, cause);
    }
  }

  /** The files of weights, by name, and their evaluations where there are any. Throws `weights/unknown`. */
  files(id: string): [name: string, path: string][] {
    const paths = fileNames.map((name): [string, string] => [name, join(this.#folder(id), name)]);
    return paths.filter(([name, path]) => name !== weightsEvaluationsName || existsSync(path));
  }

  /**
   * Moves a folder that holds whole weights, on the same disk, to its place. Throws `weights/damaged` where it does not,
   * `library/...`.
   */
  async adopt(prepared: string): Promise<WeightsRecord> {
    const record = await readRecord(join(prepared, 'weights.json'));
    await soundFile(prepared, record);
    await readWeightsEvaluations(prepared).catch((cause: unknown) => {
      throw damaged(join(prepared, weightsEvaluationsName), 'it is no list of evaluations', cause);
    });
    const folder = this.#folder(record.id);
    try {
      requireOwn(this.#weights);
      await mkdir(this.#weights, { recursive: true });
      await publish(prepared, folder);
    } catch (cause) {
      throw writeError(folder, cause);
    }
    return record;
  }

  /** Moves weights to the library's trash; `restore` brings them back. Throws `weights/unknown`, `library/...`. */
  async remove(id: string): Promise<void> {
    if (!this.has(id)) throw unknownWeights(id);
    await moveToTrash(this.#library, this.#folder(id), id);
  }

  /** Brings removed weights back. Throws `weights/unknown`, `library/...`. */
  restore(id: string): Promise<void> {
    return bringBack(this.#library, this.#folder(id), id, 'weights.json');
  }

  /** Throws `weights/unknown`, `evaluate/damaged`. */
  async evaluations(id: string): Promise<WeightsEvaluation[]> {
    if (!this.has(id)) throw unknownWeights(id);
    return readWeightsEvaluations(this.#folder(id));
  }

  /** Throws `weights/unknown`, `evaluate/damaged`, `library/...`. */
  async keepEvaluation(id: string, evaluation: WeightsEvaluation): Promise<void> {
    if (!this.has(id)) throw unknownWeights(id);
    await keepWeightsEvaluation(this.#folder(id), evaluation);
  }

  /** Whether anything has this id. */
  has(id: string): boolean {
    return recordIdPattern.test(id) && existsSync(this.#folder(id));
  }

  #soundFile(record: WeightsRecord): Promise<string> {
    return soundFile(this.#folder(record.id), record);
  }

  #folder(id: string): string {
    if (!recordIdPattern.test(id)) throw unknownWeights(id);
    return join(this.#weights, id);
  }
}

/** Throws what reading throws, and `weights/damaged`. */
async function readRecord(path: string): Promise<WeightsRecord> {
  const parsed = weightsRecord.safeParse(parseJson(await readFile(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw damaged(path, describeIssues(parsed.error));
}

/** The path of the tensors in a folder of weights. Throws `weights/damaged` where they are not those of the record. */
async function soundFile(folder: string, { sha256: expected }: WeightsRecord): Promise<string> {
  const path = join(folder, 'weights.safetensors');
  const found = await hashFile(path).catch((cause: unknown) => {
    throw damaged(path, 'it cannot be read', cause);
  });
  if (found !== expected) throw damaged(path, 'its SHA-256 is another one');
  return path;
}

function unknownWeights(id: string, cause?: unknown): MicrobatchError {
  const message = `there are no imported weights ${id} in this library`;
  return new MicrobatchError({ code: 'weights/unknown', message }, { cause });
}

function damaged(path: string, problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    { code: 'weights/damaged', message: `${path}: ${problem}`, remedy: 'import the file again' },
    { cause },
  );
}
