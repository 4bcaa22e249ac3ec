import { constants } from 'node:os';
import { Readable } from 'node:stream';
import { app, utilityProcess } from 'electron';
import { tellsOutOfMemory } from '../lab/process-host.ts';
import type { ProcessExit, ProcessHost, RunnerProcess } from '../lab/process-host.ts';

const keptCharacters = 4000;
/** Longest wait, after the exit, for the last lines of the error stream and Electron's reason, milliseconds. */
const afterwordMilliseconds = 500;
let started = 0;

/** Processes made with Electron's utilityProcess: Node inside Electron, messages over its parent port. */
export const utilityProcessHost: ProcessHost = {
  start(entry, { name, environment }): RunnerProcess {
    started += 1;
    // Electron tells of an end by the process's name, so no two have the same.
    const serviceName = `${name} (${String(started)})`;
    const child = utilityProcess.fork(entry, [], {
      serviceName,
      stdio: 'pipe',
      env: { ...process.env, ...environment },
    });
    let killed = false;
    // An output that nobody reads would fill its pipe and stop the process.
    child.stdout?.resume();
    child.on('spawn', () => {
      if (killed) endAtOnce(child);
    });
    const ended = endOf(child, serviceName);
    return {
      get pid() {
        return child.pid;
      },
      send: (message) => child.postMessage(message),
      onMessage: (listener) => {
        child.on('message', listener);
      },
      onExit: (listener) => {
        void ended.then(listener);
      },
      kill: () => {
        killed = true;
        endAtOnce(child);
      },
    };
  },
};

function endOf(child: Electron.UtilityProcess, serviceName: string): Promise<ProcessExit> {
  let lastWords = '';
  let ranOut = false;
  let reason: Electron.Details['reason'] | undefined;
  const { stderr } = child;
  const collect = (chunk: Buffer): void => {
    lastWords = (lastWords + chunk.toString('utf8')).slice(-keptCharacters);
  };
  const noteReason = (_event: unknown, details: Electron.Details): void => {
    if (details.name === serviceName) reason = details.reason;
  };
  stderr?.on('data', collect);
  app.on('child-process-gone', noteReason);
  // Without a listener, an error of V8 in the process would be an uncaught one in this process.
  child.on('error', (_type, location, report) => {
    ranOut ||= tellsOutOfMemory(`${location} ${report}`);
  });
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      const tell = (): void => {
        clearTimeout(timer);
        app.off('child-process-gone', noteReason);
        resolve({
          ...causeOf(code, reason),
          outOfMemory: ranOut || reason === 'oom' || tellsOutOfMemory(lastWords),
          lastWords: lastWords.trim(),
        });
      };
      const timer = setTimeout(tell, afterwordMilliseconds);
      // Electron takes every listener off the streams at the exit; what the process wrote last may still be in them.
      setImmediate(() => {
        if (stderr instanceof Readable && !stderr.readableEnded) stderr.on('data', collect).on('end', tell);
        else tell();
      });
    });
  });
}

/** Electron gives the status of waitpid as the code of a process that a signal ended: the signal's number. */
function causeOf(code: number, reason: Electron.Details['reason'] | undefined): Pick<ProcessExit, 'code' | 'signal'> {
  const bySignal = process.platform !== 'win32' && (reason === 'killed' || reason === 'crashed');
  const signal = Object.entries(constants.signals).find(([, number]) => number === (code & 0x7f))?.[0];
  return bySignal && signal !== undefined ? { code: null, signal } : { code, signal: null };
}

/** Electron's own `kill` asks politely, which a process busy in a native library does not hear. */
function endAtOnce(child: Electron.UtilityProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(child.pid, 'SIGKILL');
  } catch {
    // It ended in the meantime; its exit is reported as any other.
    child.kill();
  }
}
