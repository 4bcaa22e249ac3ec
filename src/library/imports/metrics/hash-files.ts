import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';

/** SHA-256 of a file; of several, over their names and contents, which must be in a fixed order. */
export async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    if (files.length > 1) hash.update(`${basename(file)}\n`);
    for await (const chunk of createReadStream(file, { highWaterMark: 1_048_576 })) hash.update(Buffer.from(chunk));
  }
  return hash.digest('hex');
}
