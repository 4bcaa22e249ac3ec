import { utilityProcess } from 'electron';
import type { ProcessExit, ProcessHost, RunnerProcess } from '../lab/process-host.ts';

const keptCharacters = 4000;

/** Processes made with Electron's utilityProcess: Node inside Electron, messages over its parent port. */
export const utilityProcessHost: ProcessHost = {
  start(entry, { name, environment }): RunnerProcess {
    const child = utilityProcess.fork(entry, [], {
      serviceName: name,
      stdio: 'pipe',
      env: { ...process.env, ...environment },
    });
    let lastWords = '';
    let killed = false;
    // An output that nobody reads would fill its pipe and stop the process.
    child.stdout?.resume();
    child.stderr?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString('utf8')).slice(-keptCharacters);
    });
    child.on('spawn', () => {
      if (killed) endAtOnce(child);
    });
    const ended = new Promise<ProcessExit>((resolve) => {
      child.on('exit', (code) => resolve({ code, signal: null, lastWords: lastWords.trim() }));
    });
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
