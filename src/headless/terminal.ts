import process from 'node:process';
import { styleText } from 'node:util';

/**
 * The terminal of a command: results go to stdout, everything else to stderr. A reader that leaves early, such as
 * `head -1`, is no error: what it does not read is dropped.
 */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** A line of the result. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The one document of a verb with `--json`. */
export function printJson(document: unknown): void {
  print(JSON.stringify(document, null, 2));
}

/** Lines of a long result, as fast as its reader takes them; stops where the reader leaves. */
export function printAll(lines: Iterable<string>): Promise<void> {
  return printPieces(ended(lines));
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

/** The same in pieces that need not be lines. */
export async function printPieces(pieces: Iterable<string>): Promise<void> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < 65_536) continue;
    if (!(await written(chunk))) return;
    chunk = '';
  }
  await written(chunk);
}

function written(text: string): Promise<boolean> {
  return new Promise((resolve) => process.stdout.write(text, (error) => resolve(!(error instanceof Error))));
}

/** A line for the person at the terminal: never part of a result. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Bold where the stream shows styles; NO_COLOR and pipes get plain text. */
export function bold(text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText('bold', text, { stream });
}

export function dim(text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText('dim', text, { stream });
}
