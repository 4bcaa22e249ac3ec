import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { apiCalls } from '../../src/contracts/api.ts';
import type { ApiName, ApiParameters, ApiResult } from '../../src/contracts/api.ts';
import { errorShape } from '../../src/contracts/errors.ts';
import type { Command } from '../electron-double/commands.ts';

const root = resolve(import.meta.dirname, '../..');
const builtMain = join(root, 'out', 'main', 'index.js');
const register = join(root, 'test', 'electron-double', 'register.ts');

const answer = z.object({ id: z.int(), value: z.unknown().optional(), error: z.string().optional() });
const description = z.object({
  windows: z.array(
    z.object({
      webPreferences: z.record(z.string(), z.unknown()),
      url: z.string(),
      visible: z.boolean(),
      reloads: z.int(),
    }),
  ),
  channels: z.array(z.string()),
  listeners: z.array(z.string()),
  privileged: z.array(z.object({ scheme: z.string(), privileges: z.record(z.string(), z.boolean()) })),
  schemes: z.array(z.string()),
  opened: z.array(z.string()),
  dialogs: z.array(z.object({ message: z.string(), detail: z.string(), buttons: z.array(z.string()) })),
  staysAwake: z.boolean(),
  theme: z.string(),
  forked: z.array(z.object({ modulePath: z.string() })),
  notifications: z.array(z.object({ title: z.string(), body: z.string(), open: z.boolean() })),
  tray: z.object({ image: z.object({ path: z.string() }), toolTip: z.string() }).nullable(),
});
const reply = z.union([z.object({ error: errorShape }), z.object({ result: z.unknown() })]);

const resultSchemas: { readonly [N in ApiName]: { readonly result: z.ZodType<ApiResult<N>> } } = apiCalls;

export const ownPage = 'app://microbatch/';

export interface ApplicationOptions {
  /** Variables beside those that keep it in its folder. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder of an application that ended, to start it again; a new one unless given. */
  readonly folder?: string;
  /** Its entry; the built one of this project unless given. */
  readonly main?: string;
}

/** The built main process, running in plain Node against the double of Electron, with folders of its own. */
export class Application {
  readonly folder: string;
  readonly library: string;
  /** Exit code, once it ended. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (message: z.infer<typeof answer>) => void>();
  #output = '';
  #nextId = 0;

  constructor({
    environment = {},
    folder = mkdtempSync(join(tmpdir(), 'microbatch-desktop-')),
    main = builtMain,
  }: ApplicationOptions = {}) {
    this.folder = folder;
    this.library = join(folder, 'library');
    this.#child = fork(main, [], {
      cwd: root,
      execArgv: ['--import', register],
      silent: true,
      serialization: 'advanced',
      env: {
        ...process.env,
        DOUBLE_USER_DATA: this.folder,
        MICROBATCH_LIBRARY: this.library,
        MICROBATCH_HOME: join(this.folder, 'home'),
        ...environment,
      },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
    }
    this.#child.on('message', (message) => {
      const parsed = answer.parse(message);
      this.#waiting.get(parsed.id)?.(parsed);
      this.#waiting.delete(parsed.id);
    });
    this.ended = new Promise((settle) => this.#child.once('exit', settle));
  }

  get pid(): number {
    return Number(this.#child.pid);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Everything it printed. */
  get output(): string {
    return this.#output;
  }

  async tell(command: Command): Promise<unknown> {
    const id = this.#nextId++;
    const answered = new Promise<z.infer<typeof answer>>((settle) => this.#waiting.set(id, settle));
    this.#child.send({ id, command });
    const death = this.ended.then((code) => {
      throw new Error(`the application ended with ${String(code)}:\n${this.#output}`);
    });
    const { value, error } = await Promise.race([answered, death]);
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async describe(): Promise<z.infer<typeof description>> {
    return description.parse(await this.tell({ do: 'describe' }));
  }

  /** Waits until its window is shown. */
  async shown(): Promise<void> {
    await this.until(async () => (await this.describe()).windows.some((window) => window.visible));
  }

  /** Asks until it is so; the test's own time limit ends a wait in vain. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise((resolveWait) => setTimeout(resolveWait, 50));
  }

  /** What a handler of IPC answers when a page sends it one thing. */
  send(channel: string, sent: unknown, from: string): Promise<unknown> {
    return this.tell({ do: 'send', channel, sent, from });
  }

  /** A call from the application's own window, as the preload script makes it. */
  async call<N extends ApiName>(name: N, parameters: ApiParameters<N>): Promise<ApiResult<N>> {
    const answered = reply.parse(
      await this.tell({ do: 'invoke', channel: `microbatch:call:${name}`, parameters, from: ownPage, frame: 'top' }),
    );
    if ('error' in answered) throw new Error(`${answered.error.code}: ${answered.error.message}`);
    return resultSchemas[name].result.parse(answered.result);
  }

  /** Ends it at once, as a crash would; its folders stay. */
  async crash(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Ends it, whatever it does, and removes its folders. */
  async dispose(): Promise<void> {
    await this.crash();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
