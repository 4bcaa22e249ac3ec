import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { damagedFile } from './damage.ts';

/** Longest line of a text file, bytes: a row of ten thousand columns has a tenth of it. */
const longestLine = 4 * 2 ** 20;

const lineFeed = 0x0a;
/** Ends lines alone only where the first chunk has no line feed, as spreadsheets for old Macs write it. */
const carriageReturn = 0x0d;

export interface TextLine {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
}

export interface TextLines {
  /** Those that are not blank. */
  readonly lines: readonly TextLine[];
  /** Of the file, from 0 to 1, that was read. */
  readonly share: number;
}

/**
 * The lines of a UTF-8 file, without the mark at its beginning, by the chunk in which they end. No more than a chunk and
 * a line are held. Throws `import/damaged-file` for a line of more than 4 MiB and for what is not UTF-8.
 */
export async function* textLines(file: string, size: number): AsyncGenerator<TextLines> {
  // A file that grows meanwhile ends where it ended when it was looked at.
  const stream = createReadStream(file, { end: size - 1, highWaterMark: 262_144 });
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 0;
  let lineEnd = 0;
  const textOf = (last: Buffer): string => {
    number += 1;
    const bytes = held.length === 0 ? last : Buffer.concat([...held, last]);
    if (!isUtf8(bytes)) throw damagedFile(file, `line ${String(number)} is not UTF-8`, 'text in UTF-8');
    const text = bytes.toString('utf8');
    held = [];
    heldBytes = 0;
    return number === 1 ? text.replace(/^\uFEFF/, '') : text;
  };
  for await (const chunk of stream) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    const lines: TextLine[] = [];
    let start = 0;
    lineEnd ||= bytes.includes(lineFeed) || !bytes.includes(carriageReturn) ? lineFeed : carriageReturn;
    for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd, start)) {
      const text = textOf(bytes.subarray(start, end));
      if (text.trim() !== '') lines.push({ text, number });
      start = end + 1;
    }
    held.push(bytes.subarray(start));
    heldBytes += bytes.length - start;
    if (heldBytes > longestLine) {
      throw damagedFile(file, `line ${String(number + 1)} is longer than 4 MiB`, 'a table with short lines');
    }
    yield { lines, share: stream.bytesRead / size };
  }
  const text = textOf(Buffer.alloc(0));
  if (text.trim() !== '') yield { lines: [{ text, number }], share: 1 };
}
