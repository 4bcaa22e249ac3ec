import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { MicrobatchError } from '../../contracts/errors.ts';

/** Whether a path is a folder. Throws `data/missing-file` where nothing can be read there. */
export async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path)).isDirectory();
}

/**
 * Bytes in a plain file. Throws `data/missing-file`, also for pipes and devices: opening a pipe may wait for ever, and
 * a device may deliver bytes without end.
 */
export async function sizeOfPlainFile(path: string): Promise<number> {
  const found = await statOf(path);
  if (found.isFile()) return found.size;
  throw new MicrobatchError({
    code: 'data/missing-file',
    message: `${path} is neither a plain file nor a link to one`,
    expected: 'a file on a disk',
  });
}

/**
 * A plain file as a whole, but no more than its stated size: what a virtual file delivers may have no end. Throws
 * `data/missing-file`, and what `tooLarge` gives where the file is greater than `most` bytes.
 */
export async function readPlainFile(path: string, most: number, tooLarge: () => Error): Promise<Uint8Array> {
  const size = await sizeOfPlainFile(path);
  if (size > most) throw tooLarge();
  const bytes = new Uint8Array(size);
  const file = await open(path);
  try {
    let filled = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
      filled += bytesRead;
      if (bytesRead === 0 || filled === size) return bytes.subarray(0, filled);
    }
  } finally {
    await file.close();
  }
}

function statOf(path: string): Promise<Stats> {
  return stat(path).catch((cause: unknown) => {
    throw new MicrobatchError({ code: 'data/missing-file', message: `${path} cannot be read` }, { cause });
  });
}
