import { fork as forkProcess } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { PassThrough } from 'node:stream';

/** Gives the child `process.parentPort`, as Electron gives its utility processes. */
const parentPortShim = new URL('./parent-port.ts', import.meta.url).href;

export interface ForkOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly execArgv?: readonly string[];
  readonly cwd?: string;
  readonly serviceName?: string;
  readonly stdio?: 'ignore' | 'pipe' | 'inherit';
}

/** Tells of `gone` processes, as `child-process-gone` of Electron's app does. */
export const utilityEvents = new EventEmitter();

/**
 * A utility process made of a plain Node process: a real process with real messages, without Chromium. It behaves as
 * Electron's does: no pid before the spawn and after the exit; messages wait and are structured clones, one that cannot
 * be cloned throws; a fatal error of V8 is an `error` event, which throws where nobody listens; at the exit the streams
 * lose their listeners and only then Electron's reason is told; a signal shows as the status of waitpid.
 */
class UtilityProcessDouble extends EventEmitter {
  pid: number | undefined;
  stdout: PassThrough | null = null;
  stderr: PassThrough | null = null;
  readonly #child: ChildProcess;
  #isKilled = false;

  constructor(modulePath: string, parameters: readonly string[], options: ForkOptions) {
    super();
    this.#child = forkProcess(modulePath, parameters, {
      execArgv: ['--import', parentPortShim, ...(options.execArgv ?? [])],
      serialization: 'advanced',
      silent: options.stdio === 'pipe',
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    if (options.stdio === 'pipe') {
      this.stdout = new PassThrough();
      this.stderr = new PassThrough();
      this.#child.stdout?.pipe(this.stdout);
      this.#child.stderr?.on('data', (chunk: Buffer) => this.#watchForFatal(chunk.toString('utf8'))).pipe(this.stderr);
    }
    this.#child.on('spawn', () => {
      this.pid = this.#child.pid;
      this.emit('spawn');
    });
    this.#child.on('message', (message) => this.emit('message', message));
    this.#child.on('exit', (code, signal) => this.#exited(code, signal, options.serviceName ?? 'Node Utility Process'));
  }
  postMessage(message: unknown): void {
    const clone = structuredClone(message);
    if (this.#child.connected) this.#child.send(clone as object);
  }
  kill(): boolean {
    if (this.#isKilled || this.#child.exitCode !== null) return false;
    return this.#child.kill();
  }

  #watchForFatal(text: string): void {
    const location = /FATAL ERROR: (.*)/.exec(text)?.[1];
    if (location !== undefined) this.emit('error', 'FatalError', location, '{}');
  }

  #exited(code: number | null, signal: NodeJS.Signals | null, name: string): void {
    this.#isKilled = true;
    this.pid = undefined;
    const status = signal === null ? Number(code) : constants.signals[signal];
    const polite = signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT';
    const reason = signal !== null ? (polite ? 'killed' : 'crashed') : code === 0 ? 'clean-exit' : 'abnormal-exit';
    this.emit('exit', status);
    this.stdout?.removeAllListeners();
    this.stderr?.removeAllListeners();
    this.stdout = null;
    this.stderr = null;
    if (reason !== 'clean-exit') {
      utilityEvents.emit('gone', {}, { type: 'Utility', reason, name, exitCode: status });
    }
  }
}

export const forked: { modulePath: string; options: ForkOptions }[] = [];

export const utilityProcess = {
  fork(modulePath: string, parameters: readonly string[] = [], options: ForkOptions = {}): UtilityProcessDouble {
    forked.push({ modulePath, options });
    return new UtilityProcessDouble(modulePath, parameters, options);
  },
};
