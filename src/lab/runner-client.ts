import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import { fromRunner, runnerProtocolVersion } from '../contracts/runner-protocol.ts';
import type { FromRunner, ToRunner } from '../contracts/runner-protocol.ts';
import { wordsOfExit } from './process-host.ts';
import { waitAwake } from './patience.ts';
import type { Wait } from './patience.ts';
import type { ProcessExit, ProcessHost, RunnerProcess } from './process-host.ts';

type Message<T extends FromRunner['type']> = Extract<FromRunner, { type: T }>;

/** How a runner's work ended. `lost`: the process died, hung or broke the protocol before it could say how it ended. */
export type RunnerEnd = Message<'finished'> | Message<'failed'> | { readonly type: 'lost'; readonly error: ErrorShape };

export interface RunnerPatience {
  /** Longest wait for the first word of a new process, milliseconds. */
  readonly handshake: number;
  /** Longest silence of a process that sends a heartbeat each second, milliseconds; it may ask for more as it starts. */
  readonly silence: number;
  /** Longest wait for an answer to pause, resume or stop, and for the exit of a process that is done, milliseconds. */
  readonly answer: number;
}

export const defaultPatience: RunnerPatience = { handshake: 60_000, silence: 120_000, answer: 60_000 };

export interface RunnerClientOptions {
  readonly processHost: ProcessHost;
  readonly entry: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly start: Extract<ToRunner, { type: 'start' }>;
  readonly onStarted: (message: Message<'started'>) => void;
  readonly onProgress: (message: Message<'progress'>) => void;
  /** A checkpoint is durable or could not be written, asked for or not. */
  readonly onCheckpoint: (message: Message<'checkpointed'>) => void;
  readonly patience?: RunnerPatience;
}

interface Pending {
  readonly answer: 'paused' | 'resumed' | 'checkpointed';
  readonly resolve: (step: number) => void;
  readonly reject: (error: MicrobatchError) => void;
  readonly wait: Wait;
}

/**
 * The host's end of one training process: handshake, watch for silence, commands with answers, and one end.
 * When the process goes, everything that waits for it is rejected; it is never started again.
 */
export class RunnerClient {
  /** Settles once, after the process has exited. Never rejects. */
  readonly ended: Promise<RunnerEnd>;
  readonly #process: RunnerProcess;
  readonly #options: RunnerClientOptions;
  readonly #patience: RunnerPatience;
  #pending: Pending[] = [];
  #end: RunnerEnd | null = null;
  #greeted = false;
  #silence: number;
  #watch: Wait | undefined;
  #stopWait: Wait | undefined;

  constructor(options: RunnerClientOptions) {
    this.#options = options;
    this.#patience = options.patience ?? defaultPatience;
    this.#silence = this.#patience.silence;
    this.#process = options.processHost.start(options.entry, {
      name: `run ${options.start.run}`,
      ...(options.environment === undefined ? {} : { environment: options.environment }),
    });
    this.#process.onMessage((message) => this.#receive(message));
    this.ended = new Promise((resolve) => {
      this.#process.onExit((exit) => resolve(this.#exited(exit)));
    });
    this.#expectWord(this.#patience.handshake, 'did not start');
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves with the step after which training rests. */
  pause(): Promise<number> {
    return this.#ask('pause', 'paused');
  }

  resume(): Promise<number> {
    return this.#ask('resume', 'resumed');
  }

  /** Resolves with the step of a checkpoint once it is durable. Throws what kept it from being written. */
  checkpoint(): Promise<number> {
    return this.#ask('checkpoint', 'checkpointed');
  }

  /** Asks for an orderly stop; kills a process that does not follow. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#process.send({ type: 'stop' });
    this.#stopWait ??= waitAwake(this.#patience.answer, () =>
      this.#lose('runner/no-answer', 'the training process did not stop when asked'),
    );
    await this.ended;
  }

  #ask(type: 'pause' | 'resume' | 'checkpoint', answer: Pending['answer']): Promise<number> {
    if (this.#end !== null) return Promise.reject(new MicrobatchError(goneShape));
    return new Promise((resolve, reject) => {
      const wait = waitAwake(this.#patience.answer, () => {
        this.#pending = this.#pending.filter((entry) => entry.wait !== wait);
        reject(
          new MicrobatchError({ code: 'runner/no-answer', message: `the training process did not ${type} when asked` }),
        );
      });
      this.#pending.push({ answer, resolve, reject, wait });
      this.#process.send({ type });
    });
  }

  #receive(raw: unknown): void {
    if (this.#end !== null) return;
    const parsed = fromRunner.safeParse(raw);
    if (!parsed.success) {
      this.#lose('runner/protocol', 'the training process sent a message that is not of the protocol');
      return;
    }
    const message = parsed.data;
    if (this.#greeted === (message.type === 'hello')) {
      this.#lose('runner/protocol', `the training process sent ${message.type} out of turn`);
      return;
    }
    if (message.type === 'started') this.#silence = Math.max(this.#silence, 1000 * message.quietSeconds);
    this.#expectWord(this.#silence, 'went silent');
    switch (message.type) {
      case 'hello':
        this.#greet(message);
        break;
      case 'started':
        this.#options.onStarted(message);
        break;
      case 'progress':
        this.#options.onProgress(message);
        break;
      case 'paused':
      case 'resumed':
        this.#answer(message.type, message.step);
        break;
      case 'checkpointed':
        this.#options.onCheckpoint(message);
        this.#answer(message.type, message.step, message.error);
        break;
      case 'finished':
      case 'failed':
        this.#finish(message);
        break;
      case 'heartbeat':
        break;
    }
  }

  #greet({ version }: Message<'hello'>): void {
    if (version !== runnerProtocolVersion) {
      this.#lose(
        'runner/protocol-version',
        `the training process speaks protocol ${String(version)}, this program ${String(runnerProtocolVersion)}`,
        'build or install the application again, so that its parts are of one version',
      );
      return;
    }
    this.#greeted = true;
    this.#process.send(this.#options.start);
  }

  #answer(type: Pending['answer'], step: number, error: ErrorShape | null = null): void {
    const answered = this.#pending.filter((entry) => entry.answer === type);
    this.#pending = this.#pending.filter((entry) => entry.answer !== type);
    for (const entry of answered) {
      entry.wait.end();
      if (error === null) entry.resolve(step);
      else entry.reject(new MicrobatchError(error));
    }
  }

  /** The process said how it ended: let it exit, and make sure that it does. */
  #finish(end: RunnerEnd): void {
    this.#end = end;
    this.#process.send({ type: 'acknowledged' });
    this.#stopWatching();
    this.#watch = waitAwake(this.#patience.answer, () => this.#process.kill());
  }

  #lose(code: string, message: string, remedy?: string): void {
    if (this.#end !== null) return;
    this.#end = { type: 'lost', error: { code, message, ...(remedy === undefined ? {} : { remedy }) } };
    this.#stopWatching();
    this.#process.kill();
  }

  #exited(exit: ProcessExit): RunnerEnd {
    this.#stopWatching();
    this.#end ??= { type: 'lost', error: toErrorShape(diedError(exit)) };
    for (const entry of this.#pending.splice(0)) {
      entry.wait.end();
      entry.reject(new MicrobatchError(goneShape));
    }
    return this.#end;
  }

  /** Restarts the watch for silence. */
  #expectWord(patience: number, what: string): void {
    this.#watch?.end();
    this.#watch = waitAwake(patience, () =>
      this.#lose(
        'runner/hung',
        `the training process ${what} for ${String(Math.round(patience / 1000))} s and was ended`,
      ),
    );
  }

  #stopWatching(): void {
    this.#watch?.end();
    this.#stopWait?.end();
  }
}

const goneShape: ErrorShape = { code: 'runner/gone', message: 'the training process has ended' };

function diedError(exit: ProcessExit): MicrobatchError {
  const ended = `the training process ended ${wordsOfExit(exit)} before its work was done`;
  // What V8 writes as its memory runs out is a stack that tells the user nothing more.
  if (exit.outOfMemory) {
    return new MicrobatchError({ code: 'runner/out-of-memory', message: ended, remedy: outOfMemoryRemedy });
  }
  const words = exit.lastWords === '' ? '' : `; it last wrote: ${tellingLines(exit.lastWords).slice(0, 400)}`;
  return new MicrobatchError({ code: 'runner/died', message: `${ended}${words}` });
}

const outOfMemoryRemedy =
  'take a smaller micro-batch or a smaller net, or train fewer runs side by side; then resume it from its last checkpoint';

/** Of a JavaScript error the line that names it, which a stack follows; of anything else the last lines. */
function tellingLines(words: string): string {
  const lines = words.split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.slice(-3).join(' | ');
}
