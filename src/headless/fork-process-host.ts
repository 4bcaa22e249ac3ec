import { fork } from 'node:child_process';
import process from 'node:process';
import { tellsOutOfMemory } from '../lab/process-host.ts';
import type { ProcessExit, ProcessHost, RunnerProcess } from '../lab/process-host.ts';

const keptCharacters = 4000;

/** Processes made with `child_process.fork`: plain Node, messages over its IPC channel. */
export const forkProcessHost: ProcessHost = {
  start(entry, { environment }): RunnerProcess {
    const child = fork(entry, [], {
      // The runner's standard output is nobody's: libraries that greet there must not disturb ours.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...environment },
      // As between utility processes: structured clone, so that typed arrays and numbers that are not finite arrive whole.
      serialization: 'advanced',
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    let lastWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-keptCharacters);
    });
    const ended = new Promise<ProcessExit>((resolve) => {
      child.on('close', (code, signal) => {
        resolve({ code, signal, outOfMemory: tellsOutOfMemory(lastWords), lastWords: lastWords.trim() });
      });
      child.on('error', (error) => {
        // An error while it runs, such as a message that cannot be sent, is followed by its exit; a failed start is not.
        if (child.pid !== undefined) return;
        resolve({ code: null, signal: null, outOfMemory: false, lastWords: error.message });
      });
    });
    return {
      get pid() {
        // Node keeps the number of a process that ended; by now it may be another one's.
        return child.exitCode === null && child.signalCode === null ? child.pid : undefined;
      },
      send(message) {
        if (child.connected) child.send(message, () => undefined);
      },
      onMessage: (listener) => {
        child.on('message', listener);
      },
      onExit: (listener) => {
        void ended.then(listener);
      },
      kill: () => {
        child.kill('SIGKILL');
      },
    };
  },
};
