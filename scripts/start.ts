/**
 * `npm start [-- --library DIR]`: the application. Builds what is missing or stale, then opens the desktop application;
 * where Electron or a display is missing, the same window is served to a browser.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { isBuildStale } from './build-state.ts';
import { electronBinary } from './electron-binary.ts';

const root = resolve(import.meta.dirname, '..');
const parameters = process.argv.slice(2);

/** Builds quietly; what the build says is shown where it fails. */
async function build(): Promise<boolean> {
  console.error('Building the application: it was never built, or something changed since.');
  const electronVite = resolve(root, 'node_modules/electron-vite/bin/electron-vite.js');
  const child = spawn(process.execPath, [electronVite, 'build'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const passed = (await endOf(child)) === 0;
  if (!passed) console.error(`${Buffer.concat(output).toString('utf8').trimEnd()}\n\nThe application cannot be built.`);
  return passed;
}

function startDesktop(binary: string): Promise<number> {
  const { library } = parseArgs({
    args: parameters,
    options: { library: { type: 'string' } },
    strict: false,
  }).values;
  const named = typeof library === 'string' ? { MICROBATCH_LIBRARY: resolve(library) } : {};
  return endOf(spawn(binary, [root], { cwd: root, stdio: 'inherit', env: { ...process.env, ...named } }));
}

/** The web host says where the window is; a browser opens where there is a display to open it on. */
function startInBrowser(): Promise<number> {
  const commandLine = resolve(root, 'src/headless/cli.ts');
  const host = spawn(process.execPath, [commandLine, 'serve', '--port', '0', ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  host.stdout.once('data', (chunk: Buffer) => {
    const address = /https?:\/\/\S+/.exec(chunk.toString('utf8'))?.[0];
    if (address === undefined || !hasDisplay()) return;
    const page = writeRedirect(address);
    openBrowser(page.file);
    host.once('exit', page.remove);
  });
  host.stdout.pipe(process.stdout);
  return endOf(host);
}

function hasDisplay(): boolean {
  if (process.platform !== 'linux') return process.env.SSH_CONNECTION === undefined;
  return process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined;
}

/**
 * A page that only this user can read and that leads to the address: what a browser is started with, every user of the
 * machine can see.
 */
function writeRedirect(address: string): { readonly file: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'microbatch-start-'));
  const file = join(folder, 'open.html');
  writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${address}">`, { mode: 0o600 });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A browser that does not open is no failure: the address is printed anyway. */
function openBrowser(page: string): void {
  const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
    darwin: ['open', page],
    win32: ['rundll32', 'url.dll,FileProtocolHandler', page],
  };
  const [program, ...rest] = openers[process.platform] ?? ['xdg-open', page];
  const opener = spawn(program, rest, { stdio: 'ignore', detached: true });
  opener.on('error', () => undefined);
  opener.unref();
}

/** Waits for a child and passes Ctrl-C on to it: the child decides how it ends. */
function endOf(child: ChildProcess): Promise<number> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  return new Promise((settle) => {
    child.on('error', (error) => {
      console.error(error.message);
      settle(1);
    });
    child.on('exit', (code) => settle(code ?? 1));
  });
}

async function start(): Promise<number> {
  if (isBuildStale(root) && !(await build())) return 1;
  const binary = electronBinary();
  if (binary !== null && hasDisplay()) return startDesktop(binary);
  console.error(
    binary === null
      ? "Electron's binary is not here (npm run setup:electron fetches it): the same application opens from a web host."
      : 'There is no display here: the same application opens from a web host.',
  );
  return startInBrowser();
}

process.exitCode = await start();
