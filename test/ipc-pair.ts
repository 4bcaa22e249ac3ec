import type { IpcMainEvent, IpcMainInvokeEvent, IpcRenderer } from 'electron';
import type { IpcRegistry } from '../src/main/ipc.ts';

type Handler = Parameters<IpcRegistry['handle']>[1];
type Listener = Parameters<IpcRegistry['on']>[1];

/**
 * Electron's IPC between one window and the main process, without Electron: what is sent is cloned as Electron clones
 * it, arrives later, and a channel without a handler is answered with Electron's words.
 */
export class IpcPair {
  readonly #handlers = new Map<string, Handler>();
  readonly #mainListeners = new Map<string, Set<Listener>>();
  readonly #windowListeners = new Map<string, Set<(event: object, ...sent: unknown[]) => void>>();
  readonly #frame: { url: string };
  /** The window's page, as the main process has it. */
  readonly page;

  constructor(address: string) {
    this.#frame = { url: address };
    this.page = {
      mainFrame: this.#frame,
      isDestroyed: () => false,
      send: (channel: string, ...sent: unknown[]): void => {
        const copies: unknown[] = sent.map((value) => structuredClone(value));
        setImmediate(() => {
          for (const listener of this.#windowListeners.get(channel) ?? []) listener({}, ...copies);
        });
      },
    };
  }

  /** The channels that have a handler. */
  get channels(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  /** The main process's end. */
  readonly registry: IpcRegistry = {
    handle: (channel, handler) => {
      if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
      this.#handlers.set(channel, handler);
    },
    on: (channel, listener) => {
      const listeners = this.#mainListeners.get(channel) ?? new Set();
      this.#mainListeners.set(channel, listeners.add(listener));
    },
  };

  /** Says something on a channel, as any page might; resolves with the answer where one is given. */
  invoke(channel: string, ...sent: unknown[]): Promise<unknown> {
    return this.invokeFrom({ senderFrame: this.#frame, sender: this.page }, channel, ...sent);
  }

  /** The same from a caller of the test's choice. */
  async invokeFrom(caller: object, channel: string, ...sent: unknown[]): Promise<unknown> {
    const copies: unknown[] = sent.map((value) => structuredClone(value));
    // What was sent before arrives before.
    await new Promise((resolve) => setImmediate(resolve));
    const handler = this.#handlers.get(channel);
    if (handler === undefined) {
      throw new Error(`Error invoking remote method '${channel}': Error: No handler registered for '${channel}'`);
    }
    return structuredClone(await handler(caller as IpcMainInvokeEvent, ...copies));
  }

  send(channel: string, ...sent: unknown[]): void {
    const copies: unknown[] = sent.map((value) => structuredClone(value));
    setImmediate(() => {
      const event = { senderFrame: this.#frame, sender: this.page } as unknown as IpcMainEvent;
      for (const listener of this.#mainListeners.get(channel) ?? []) listener(event, ...copies);
    });
  }

  /** The window's end: the part of `ipcRenderer` that the preload script uses. */
  readonly renderer = {
    invoke: (channel: string, ...sent: unknown[]) => this.invoke(channel, ...sent),
    send: (channel: string, ...sent: unknown[]) => this.send(channel, ...sent),
    on: (channel: string, listener: (event: object, ...sent: unknown[]) => void) => {
      const listeners = this.#windowListeners.get(channel) ?? new Set();
      this.#windowListeners.set(channel, listeners.add(listener));
      return this.renderer;
    },
  } as unknown as Pick<IpcRenderer, 'invoke' | 'send' | 'on'>;
}
