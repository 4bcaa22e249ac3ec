import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

const chunkBytes = 262_144;

/**
 * Reads a file from the front in pieces of any size, holding no more than the piece asked for and one chunk. A file
 * that grows meanwhile ends where it ended when it was opened.
 */
export class FileCursor {
  readonly size: number;
  readonly #file: FileHandle;
  #buffer = Buffer.alloc(chunkBytes);
  #start = 0;
  #end = 0;
  /** Offset in the file of the first byte that is not in the buffer yet. */
  #read = 0;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Opens a file for `use` and closes it. */
  static async over<T>(path: string, use: (cursor: FileCursor) => Promise<T>): Promise<T> {
    const file = await open(path);
    try {
      return await use(new FileCursor(file, (await file.stat()).size));
    } finally {
      await file.close();
    }
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.#read - (this.#end - this.#start);
  }

  get left(): number {
    return this.size - this.position;
  }

  /** Whether the next bytes are in memory: `take` may follow. */
  has(bytes: number): boolean {
    return this.#end - this.#start >= bytes;
  }

  /** Brings the next bytes into memory; false where the file ends before. */
  async fill(bytes: number): Promise<boolean> {
    if (this.has(bytes)) return true;
    if (this.left < bytes) return false;
    this.#makeRoom(bytes);
    while (!this.has(bytes)) {
      const room = Math.min(this.#buffer.length - this.#end, this.size - this.#read);
      const { bytesRead } = await this.#file.read(this.#buffer, this.#end, room, this.#read);
      if (bytesRead === 0) return false;
      this.#end += bytesRead;
      this.#read += bytesRead;
    }
    return true;
  }

  /** The next bytes, which are in memory; a view that the next `fill` may overwrite. */
  take(bytes: number): Buffer {
    const taken = this.#buffer.subarray(this.#start, this.#start + bytes);
    this.#start += bytes;
    return taken;
  }

  #makeRoom(bytes: number): void {
    const kept = this.#buffer.subarray(this.#start, this.#end);
    if (bytes > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(bytes, Math.min(2 * this.#buffer.length, bytes + chunkBytes)));
      kept.copy(larger);
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    }
    this.#end -= this.#start;
    this.#start = 0;
  }
}
