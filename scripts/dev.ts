/**
 * `npm run dev`: the application with hot reload. With Electron's binary it is the desktop application under
 * electron-vite; without one, the same window in a browser, served by Vite beside the web host.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import vue from '@vitejs/plugin-vue';
import { createServer } from 'vite';
import { electronBinary } from './electron-binary.ts';

const root = resolve(import.meta.dirname, '..');

function startDesktop(binary: string): void {
  console.log('Starting the desktop application with hot reload.');
  const electronVite = resolve(root, 'node_modules/electron-vite/bin/electron-vite.js');
  spawn(process.execPath, [electronVite, 'dev'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ELECTRON_EXEC_PATH: binary },
  }).on('exit', (code) => process.exit(code ?? 1));
}

/** Starts the web host from its sources; resolves with the address that it prints. */
function startWebHost(parameters: readonly string[]): Promise<URL> {
  const commandLine = resolve(root, 'src/headless/cli.ts');
  const host = spawn(process.execPath, [commandLine, 'serve', '--port', '0', ...parameters], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  host.on('exit', (code) => process.exit(code ?? 1));
  process.on('exit', () => host.kill());
  let printed = '';
  return new Promise((settle) => {
    host.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
      const address = /https?:\/\/\S+/.exec(printed)?.[0];
      if (address !== undefined) settle(new URL(address));
    });
  });
}

async function startInBrowser(): Promise<void> {
  const host = await startWebHost(process.argv.slice(2));
  // The host keeps its guards: the token goes to it once, comes back as a cookie of this machine, and opens the bridge.
  const toHost = { target: host.origin, changeOrigin: true };
  const server = await createServer({
    root: resolve(root, 'src/renderer'),
    configFile: false,
    plugins: [vue()],
    server: {
      host: host.hostname,
      proxy: { '^/\\?token=': toHost, '/bridge': { ...toHost, ws: true, rewriteWsOrigin: true } },
    },
  });
  await server.listen();
  const page = server.resolvedUrls?.local[0] ?? `http://${host.hostname}:${String(server.config.server.port)}/`;
  console.log("Electron's binary is not here (npm run setup:electron fetches it): the same window opens in a browser.");
  console.log(`${page}${host.search}`);
}

const binary = electronBinary();
if (binary === null) await startInBrowser();
else startDesktop(binary);
