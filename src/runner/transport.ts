import process from 'node:process';

/** The runner's line to its host: Electron's parent port in a utility process, Node's IPC channel in a forked one. */
export interface Transport {
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The host is gone: nobody will read another word. */
  onClose(listener: () => void): void;
}

/** Electron's `process.parentPort`, as far as it is used here. */
interface ParentPort {
  postMessage(message: object): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

const orphanCheckMilliseconds = 1000;

export function openTransport(): Transport {
  const port: unknown = Reflect.get(process, 'parentPort');
  return isParentPort(port) ? overParentPort(port) : overIpc();
}

function isParentPort(value: unknown): value is ParentPort {
  return typeof value === 'object' && value !== null && 'postMessage' in value;
}

function overParentPort(port: ParentPort): Transport {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', ({ data }) => listener(data)),
    onClose: whenOrphaned,
  };
}

/**
 * A parent port does not tell when its other end is gone; but a process whose parent died gets another parent, or, on
 * Windows, keeps the number of one that is no more.
 */
function whenOrphaned(listener: () => void): void {
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent && isAlive(parent)) return;
    clearInterval(check);
    listener();
  }, orphanCheckMilliseconds);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Not allowed to signal it: there it is.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function overIpc(): Transport {
  return {
    send: (message) => {
      // Sending to a host that just died fails; `disconnect` is what tells of it.
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => {
      process.on('message', listener);
    },
    onClose: (listener) => {
      process.on('disconnect', listener);
    },
  };
}
