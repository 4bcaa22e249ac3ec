import type { FileHandle } from 'node:fs/promises';

/** What one read of the system may take. */
const mostAtOnce = 2 ** 30;

/** Bytes of an open file from `start`; throws what `cutOff` makes where the file ends before. */
export async function readRange(
  file: FileHandle,
  start: number,
  length: number,
  cutOff: () => Error,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await file.read(bytes, filled, Math.min(length - filled, mostAtOnce), start + filled);
    if (bytesRead === 0) throw cutOff();
    filled += bytesRead;
  }
  return bytes;
}
