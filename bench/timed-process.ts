import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { roundResult } from './engine-cases.ts';
import type { RoundResult } from './engine-cases.ts';

/** A process that makes calls when it is told to: between its rounds it waits and costs nothing. */
export class TimedProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #program: string;
  readonly #lines: AsyncIterator<string>;
  /** How it ended, in words; settles when it has. */
  readonly #end: Promise<string>;

  constructor(program: string, words: readonly string[], env: NodeJS.ProcessEnv) {
    this.#program = basename(words[0] ?? program);
    this.#child = spawn(program, words, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#end = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        resolve(`could not be started: ${error.message}`);
      });
      this.#child.once('close', (code, signal) => {
        resolve(signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}${hintFor(signal)}`);
      });
    });
    // A process that has ended takes no more requests; the missing answer tells of it.
    this.#child.stdin.on('error', () => undefined);
  }

  /** Medians over some calls. Throws with the reason where the process ended instead. */
  async round(calls: number): Promise<RoundResult> {
    this.#child.stdin.write(`${String(calls)}\n`);
    const answer = await this.#lines.next();
    if (answer.done === true) {
      throw new Error(`${this.#program} ${await this.#end} before it answered`);
    }
    const parsed: unknown = JSON.parse(answer.value);
    return roundResult.parse(parsed);
  }

  end(): void {
    this.#child.stdin.end();
  }
}

function hintFor(signal: NodeJS.Signals): string {
  return signal === 'SIGKILL' ? ' (the system does so when memory is short)' : '';
}
