import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { RunSpecInput } from '../src/contracts/run-spec.ts';

const commandLine = resolve(import.meta.dirname, '../src/headless/cli.ts');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. Its standard input is closed, its output is kept. */
export class RunningCommand {
  readonly ended: Promise<Outcome>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #listeners = new Set<() => void>();
  #stdout = '';
  #stderr = '';

  constructor(parameters: readonly string[], options: { readonly home: string; readonly user?: number }) {
    const as = options.user === undefined ? {} : { uid: options.user, gid: options.user };
    this.#child = spawn(process.execPath, [commandLine, ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MICROBATCH_HOME: options.home, MICROBATCH_LIBRARY: '', NO_COLOR: '1' },
      ...as,
    });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#heard(() => (this.#stdout += chunk.toString('utf8'))));
    this.#child.stderr.on('data', (chunk: Buffer) => this.#heard(() => (this.#stderr += chunk.toString('utf8'))));
    this.ended = new Promise((settle) => {
      this.#child.on('close', (code) => settle({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Closes our end of its standard output, as a reader that has seen enough. */
  leave(): void {
    this.#child.stdout.destroy();
  }

  /** Resolves with the first match in what it writes to stdout or stderr; rejects where it ends before. */
  async says(pattern: RegExp): Promise<string> {
    return new Promise((settle, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
        if (found === null) return;
        this.#listeners.delete(look);
        settle(found[0]);
      };
      this.#listeners.add(look);
      look();
      void this.ended.then(({ stdout, stderr }) => {
        look();
        reject(new Error(`the command ended without saying ${String(pattern)}:\n${stdout}\n${stderr}`));
      });
    });
  }

  #heard(keep: () => void): void {
    keep();
    for (const listener of this.#listeners) listener();
  }
}

/** The command line with folders of its own. */
export class CommandLine {
  readonly folder = mkdtempSync(join(tmpdir(), 'microbatch-commands-'));
  readonly library = join(this.folder, 'library');
  readonly #started: RunningCommand[] = [];
  #specs = 0;

  start(...parameters: string[]): RunningCommand {
    const command = new RunningCommand(parameters, { home: join(this.folder, 'home') });
    this.#started.push(command);
    return command;
  }

  run(...parameters: string[]): Promise<Outcome> {
    return this.start(...parameters).ended;
  }

  /** Runs a verb with `--json`; throws unless stdout is one document of this form and the exit code is 0. */
  async json<T extends z.ZodType>(form: T, ...parameters: string[]): Promise<z.infer<T>> {
    const { code, stdout, stderr } = await this.run(...parameters, '--library', this.library, '--json');
    if (code !== 0) throw new Error(`${parameters.join(' ')} ended with ${String(code)}: ${stderr}`);
    return form.parse(JSON.parse(stdout));
  }

  /** Writes a file into the folder of this command line and returns its path. */
  write(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** A spec of a net so small that a step takes well under a millisecond. */
  spec(changes: Partial<RunSpecInput> = {}): string {
    const spec: RunSpecInput = {
      method: 'small-batch',
      model: { kind: 'mlp', widths: [8] },
      dataset: { id: 'fashion-mnist-small', trainSize: 200, resize: 7 },
      batchSize: 20,
      learningRate: 0.1,
      steps: 40,
      ...changes,
    };
    this.#specs += 1;
    return this.write(`spec-${String(this.#specs)}.json`, JSON.stringify(spec));
  }

  /** Ends what a test left running and removes the folders. */
  async dispose(): Promise<void> {
    for (const command of this.#started) command.signal('SIGKILL');
    await Promise.all(this.#started.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
