import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { roundResult } from './engine-cases.ts';
import type { RoundResult } from './engine-cases.ts';

/** A process that makes calls when it is told to: between its rounds it waits and costs nothing. */
export class TimedProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, words: readonly string[]) {
    this.#child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Medians over some calls. Throws where the process ended instead. */
  async round(calls: number): Promise<RoundResult> {
    this.#child.stdin.write(`${String(calls)}\n`);
    const answer = await this.#lines.next();
    if (answer.done === true) throw new Error(`${this.#child.spawnargs.slice(1, 5).join(' ')} ended without an answer`);
    const parsed: unknown = JSON.parse(answer.value);
    return roundResult.parse(parsed);
  }

  end(): void {
    this.#child.stdin.end();
  }
}
