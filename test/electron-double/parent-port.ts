import { EventEmitter } from 'node:events';

/** `process.parentPort` of a utility process: messages arrive as `{ data }`, and wait until someone listens. */
class ParentPortDouble extends EventEmitter {
  readonly #waiting: unknown[] = [];
  constructor() {
    super();
    process.on('message', (data) => {
      if (this.listenerCount('message') === 0) this.#waiting.push(data);
      else this.emit('message', { data, ports: [] });
    });
    this.on('newListener', (name) => {
      if (name === 'message') setImmediate(() => this.#deliver());
    });
  }
  postMessage(message: unknown): void {
    process.send?.(message);
  }
  #deliver(): void {
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] });
  }
}

Object.defineProperty(process, 'parentPort', { value: new ParentPortDouble() });
