import { fork } from 'node:child_process';
import process from 'node:process';
import type { ProcessExit, ProcessHost, RunnerProcess } from '../lab/process-host.ts';

const keptCharacters = 4000;

/** Processes made with `child_process.fork`: plain Node, messages over its IPC channel. */
export const forkProcessHost: ProcessHost = {
  start(entry, { environment }): RunnerProcess {
    const child = fork(entry, [], {
      // The runner's standard output is nobody's: libraries that greet there must not disturb ours.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...environment },
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    let lastWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-keptCharacters);
    });
    const ended = new Promise<ProcessExit>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, lastWords: lastWords.trim() }));
      child.on('error', (error) => {
        // An error while it runs, such as a message that cannot be sent, is followed by its exit; a failed start is not.
        if (child.pid === undefined) resolve({ code: null, signal: null, lastWords: error.message });
      });
    });
    return {
      get pid() {
        return child.pid;
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
