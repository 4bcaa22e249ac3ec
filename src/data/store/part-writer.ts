import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { Examples, PartName, SourceSet } from '../readers/source-set.ts';
import type { StoredFile, StoredPart } from './manifest.ts';
import { addSums } from '../raw-images.ts';
import { writing } from './durable-files.ts';

/** A part as it was written, with the sums that its statistics come from. */
interface WrittenPart {
  readonly stored: StoredPart;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** Writes the images and labels of a part to two files of `folder`, durably. Throws `data/empty-part`, `data/wrong-shape`. */
export async function writePart(
  folder: string,
  name: PartName,
  source: SourceSet,
  examples: Iterable<Examples> | AsyncIterable<Examples>,
): Promise<WrittenPart> {
  const [channels, height, width] = source.imageShape;
  const plane = height * width;
  const images = await HashedFile.create(folder, `${name}-images.bin`);
  const labels = await HashedFile.create(folder, `${name}-labels.bin`).catch(async (error: unknown) => {
    await images.close();
    throw error;
  });
  const classCounts = new Array<number>(source.classes.length).fill(0);
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  let count = 0;
  try {
    for await (const chunk of examples) {
      const { pixels } = chunk;
      if (pixels.length !== chunk.labels.length * channels * plane) throw uneven(name, chunk);
      await images.write(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
      const classes = Int32Array.from(chunk.labels);
      await labels.write(new Uint8Array(classes.buffer));
      for (const label of classes) classCounts[label] = (classCounts[label] ?? 0) + 1;
      addSums(pixels, plane, sums, squares);
      count += classes.length;
    }
    if (count === 0) {
      throw new MicrobatchError({ code: 'data/empty-part', message: `the ${name} part has no image that can be used` });
    }
    return {
      stored: { count, images: await images.finish(), labels: await labels.finish(), classCounts },
      sums,
      squares,
    };
  } finally {
    await images.close();
    await labels.close();
  }
}

/** A file that is hashed as it is written. */
class HashedFile {
  readonly #name: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #open = true;

  private constructor(name: string, path: string, handle: FileHandle) {
    this.#name = name;
    this.#path = path;
    this.#handle = handle;
  }

  static async create(folder: string, name: string): Promise<HashedFile> {
    const path = join(folder, name);
    return new HashedFile(name, path, await writing(path, () => open(path, 'wx')));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    await writing(this.#path, () => this.#handle.appendFile(bytes));
  }

  async finish(): Promise<StoredFile> {
    await writing(this.#path, () => this.#handle.sync());
    await this.close();
    return { name: this.#name, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

function uneven(name: PartName, { pixels, labels }: Examples): MicrobatchError {
  return new MicrobatchError({
    code: 'data/wrong-shape',
    message: `the ${name} part has ${String(labels.length)} labels for ${String(pixels.length)} numbers of images`,
    expected: 'one label an image, and images of one size',
  });
}
