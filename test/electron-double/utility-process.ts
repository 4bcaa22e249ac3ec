import { fork as forkProcess } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';

/** Gives the child `process.parentPort`, as Electron gives its utility processes. */
const parentPortShim = new URL('./parent-port.ts', import.meta.url).href;

export interface ForkOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly execArgv?: readonly string[];
  readonly cwd?: string;
  readonly serviceName?: string;
  readonly stdio?: 'ignore' | 'pipe' | 'inherit';
}

/** A utility process made of a plain Node process: a real process with real messages, without Chromium. */
class UtilityProcessDouble extends EventEmitter {
  pid: number | undefined;
  readonly stdout: ChildProcess['stdout'];
  readonly stderr: ChildProcess['stderr'];
  readonly #child: ChildProcess;

  constructor(modulePath: string, parameters: readonly string[], options: ForkOptions) {
    super();
    this.#child = forkProcess(modulePath, parameters, {
      execArgv: ['--import', parentPortShim],
      serialization: 'advanced',
      silent: options.stdio === 'pipe',
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.stdout = this.#child.stdout;
    this.stderr = this.#child.stderr;
    this.#child.on('spawn', () => {
      this.pid = this.#child.pid;
      this.emit('spawn');
    });
    this.#child.on('message', (message) => this.emit('message', message));
    this.#child.on('exit', (code) => {
      this.pid = undefined;
      this.emit('exit', code ?? 1);
    });
  }
  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send(message as object);
  }
  kill(): boolean {
    return this.#child.kill();
  }
}

export const forked: { modulePath: string; options: ForkOptions }[] = [];

export const utilityProcess = {
  fork(modulePath: string, parameters: readonly string[] = [], options: ForkOptions = {}): UtilityProcessDouble {
    forked.push({ modulePath, options });
    return new UtilityProcessDouble(modulePath, parameters, options);
  },
};
