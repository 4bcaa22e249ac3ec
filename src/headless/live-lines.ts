import { clearScreenDown, moveCursor } from 'node:readline';
import process from 'node:process';
import { stripVTControlCharacters } from 'node:util';

/** Lines at the bottom of a terminal that are drawn again and again, below lines that stay. */
export class LiveLines {
  readonly #stream: NodeJS.WriteStream;
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** Whether lines can be drawn again; into a file or a pipe only lines that stay are written. */
  get isLive(): boolean {
    return this.#stream.isTTY;
  }

  /** Replaces the live lines. Lines wider than the terminal are cut, so that each takes one row. */
  draw(lines: readonly string[]): void {
    if (!this.isLive) return;
    this.clear();
    const width = this.#stream.columns;
    this.#stream.write(lines.map((line) => `${cut(line, width)}\n`).join(''));
    this.#drawn = lines.length;
  }

  /** Writes a line that stays; the live lines come back with the next `draw`. */
  keep(line: string): void {
    this.clear();
    this.#stream.write(`${line}\n`);
  }

  clear(): void {
    if (this.#drawn === 0) return;
    moveCursor(this.#stream, 0, -this.#drawn);
    clearScreenDown(this.#stream);
    this.#drawn = 0;
  }
}

function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length < width ? line : `${plain.slice(0, Math.max(0, width - 2))}…`;
}
