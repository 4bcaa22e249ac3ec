import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const commandLine = join(root, 'src', 'headless', 'cli.ts');

/** A web host of its own for a test: the command `serve` on a free port. */
export interface Host {
  /** Address with its token, as printed. */
  readonly address: string;
  /** Everything it printed so far. */
  output(): string;
  /** Ends it as Ctrl-C does and waits. */
  stop(): Promise<void>;
}

/** Runs one verb of the command line to its end and returns what it printed on stdout. */
export async function runVerb(...parameters: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [commandLine, ...parameters], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** `home`: the user's folder, with settings, data sets and native runtimes. */
export async function startHost(library: string, home: string): Promise<Host> {
  const child = spawn(process.execPath, [commandLine, 'serve', '--port', '0', '--library', library], {
    cwd: root,
    env: { ...process.env, MICROBATCH_HOME: home },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const address = await printedAddress(child, () => output);
  return { address, output: () => output, stop: () => end(child) };
}

function printedAddress(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolveAddress, reject) => {
    const look = (): void => {
      const address = /https?:\/\/\S+/.exec(output())?.[0];
      if (address !== undefined) resolveAddress(address);
    };
    child.stdout?.on('data', look);
    child.once('exit', (code) => reject(new Error(`the host ended with ${String(code)}:\n${output()}`)));
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolveEnd) => {
    child.once('exit', () => resolveEnd());
    child.kill('SIGINT');
  });
}
