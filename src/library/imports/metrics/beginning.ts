import { stat } from 'node:fs/promises';
import type { RowSink } from '../../formats/metric-rows.ts';
import type { MetricReader } from './reader.ts';

/** Smaller files are hashed in less time than anyone notices, bytes. */
const longToHash = 128 * 2 ** 20;
const enoughRows = 2000;

/**
 * Reads the first rows of what takes long to hash. Throws what reading it throws there, so that a file of gigabytes that is
 * none of recorded series is refused at once.
 */
export async function requireSoundBeginning(reader: MetricReader): Promise<void> {
  const sizes = await Promise.all(reader.files.map(async (file) => (await stat(file)).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes <= longToHash) return;
  try {
    await reader.read(new Beginning(longToHash / bytes));
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
}

class Enough extends Error {}

/** Takes the first rows, and ends the reading with Enough after them or after a share of the file. */
class Beginning implements RowSink {
  readonly #share: number;
  #rows = 0;

  constructor(share: number) {
    this.#share = share;
  }

  row(): void {
    this.#rows += 1;
    if (this.#rows >= enoughRows) throw new Enough();
  }

  restart(): void {
    // Nothing is kept that it could drop.
  }

  progress(fraction: number): void {
    if (fraction >= this.#share) throw new Enough();
  }
}
