import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export interface HashFollow {
  /** Told how many bytes have been read. */
  readonly report?: (bytes: number) => void;
  /** Ends the reading: the promise is then rejected with an AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/** SHA-256 of a file, in hexadecimal; it is read in pieces. */
export async function hashFile(path: string, { report, signal }: HashFollow = {}): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal })) {
    if (!(chunk instanceof Uint8Array)) continue;
    hash.update(chunk);
    bytes += chunk.length;
    report?.(bytes);
  }
  return hash.digest('hex');
}
