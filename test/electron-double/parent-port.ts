import { EventEmitter } from 'node:events';

/** The channel to the double; hidden from the program, which has only its parent port, as in Electron. */
const channel = {
  send: process.send?.bind(process),
  onMessage: process.on.bind(process, 'message'),
};

/** `process.parentPort` of a utility process: messages arrive as `{ data }`, and wait until someone listens. */
class ParentPortDouble extends EventEmitter {
  readonly #waiting: unknown[] = [];
  constructor() {
    super();
    channel.onMessage((data: unknown) => {
      if (this.listenerCount('message') === 0 || this.#waiting.length > 0) this.#waiting.push(data);
      else this.emit('message', { data, ports: [] });
    });
    this.on('newListener', (name) => {
      if (name === 'message') setImmediate(() => this.#deliver());
    });
  }
  postMessage(message: unknown): void {
    channel.send?.(structuredClone(message), undefined, undefined, () => undefined);
  }
  #deliver(): void {
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] });
  }
}

Object.defineProperty(process, 'parentPort', { value: new ParentPortDouble() });
Object.defineProperty(process, 'send', { value: undefined });
