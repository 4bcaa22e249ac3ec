import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MicrobatchError } from '../contracts/errors.ts';
import { parseJson, parseOrThrow } from '../contracts/parse.ts';
import { queuePriority } from '../contracts/queue.ts';
import { writeLibraryFile } from './write-library-file.ts';

const storedQueue = z.object({
  schema: z.literal(1),
  paused: z.boolean(),
  order: z.array(z.object({ run: z.string(), priority: queuePriority })).max(100_000),
});
type StoredQueue = Omit<z.infer<typeof storedQueue>, 'schema'>;

const largestBytes = 20_000_000;

/**
 * queue.json of a library: the order in which its queued runs are trained, their priorities, and whether the queue
 * rests. Which runs are queued their own records say.
 */
export class QueueFile {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();
  #next: StoredQueue | null = null;

  constructor(library: string) {
    this.#path = join(library, 'queue.json');
  }

  /** Null where there is none yet. Throws `queue/damaged`. */
  async read(): Promise<StoredQueue | null> {
    const found = await stat(this.#path).catch(() => null);
    if (found === null) return null;
    const context = {
      code: 'queue/damaged',
      what: this.#path,
      remedy: 'queued runs are kept and trained in the order of their creation',
    };
    if (!found.isFile() || found.size > largestBytes) {
      throw new MicrobatchError({ code: context.code, message: `${this.#path} is no queue`, remedy: context.remedy });
    }
    return parseOrThrow(storedQueue, parseJson(await readFile(this.#path, 'utf8')), context);
  }

  /** Replaces the file; of several changes at once the last is written. Throws `library/...`. */
  write(queue: StoredQueue): Promise<void> {
    this.#next = queue;
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#writeNext());
    return this.#writing;
  }

  /** Resolves once every change has been written or refused. Never rejects. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  async #writeNext(): Promise<void> {
    const queue = this.#next;
    if (queue === null) return;
    this.#next = null;
    const text = `${JSON.stringify({ schema: 1, ...queue }, null, 1)}\n`;
    await writeLibraryFile(this.#path, text);
  }
}
