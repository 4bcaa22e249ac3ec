import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';

/** What is kept of a program's words, UTF-16 units: pip and compilers say little, and much of it repeats. */
const mostWords = 200_000;

export interface ProgramEnd {
  /** Null where the program could not be started. */
  readonly code: number | null;
  /** What it wrote to both streams. */
  readonly words: string;
}

export interface ProgramFollow {
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the program and what it has started. */
  readonly signal?: AbortSignal | undefined;
  /** Told each line that it writes. */
  readonly line?: (line: string) => void;
}

/** Runs a program to its end. Rejects with the reason of the signal, once the program is gone, where that aborts. */
export async function runProgram(
  program: string,
  words: readonly string[],
  { env = process.env, signal, line }: ProgramFollow = {},
): Promise<ProgramEnd> {
  signal?.throwIfAborted();
  const ended = await new Promise<ProgramEnd>((resolve) => {
    // With a group of its own, so that what it starts ends with it.
    const detached = process.platform !== 'win32';
    const child = spawn(program, words, { env, detached, windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      let begun = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(0, mostWords);
        const lines = (begun + text).slice(-mostWords).split('\n');
        begun = lines.pop() ?? '';
        for (const whole of lines) if (whole.trim() !== '') line?.(whole.trimEnd());
      });
    }
    const giveUp = (): void => killGroup(child);
    signal?.addEventListener('abort', giveUp, { once: true });
    const settle = (end: ProgramEnd): void => {
      signal?.removeEventListener('abort', giveUp);
      resolve(end);
    };
    child.on('error', (error) => settle({ code: null, words: error.message }));
    child.on('close', (code) => settle({ code: code ?? 1, words: output }));
  });
  signal?.throwIfAborted();
  return ended;
}

/** At once: none of these programs has anything to save. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
