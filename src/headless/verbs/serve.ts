import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { describeError, MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import { filesWithin, withFiles } from '../../lab/file-access.ts';
import { paths } from '../application.ts';
import { counted } from '../format.ts';
import { BrowserFiles } from '../browser-files.ts';
import { browserHandlers } from '../browser-handlers.ts';
import { announceBridge } from '../host-bridge.ts';
import { interrupted } from '../interrupt.ts';
import { openLab } from '../open-lab.ts';
import { withoutProgramChanges } from '../own-machine-handlers.ts';
import { print, say } from '../terminal.ts';
import { gather, libraryOption, wholeNumber } from '../usage.ts';
import { isLoopback } from '../web-guard.ts';
import { startWebHost } from '../web-host.ts';

const defaultPort = 7317;

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly share?: boolean;
  readonly files?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly library?: string;
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Serve the application to a browser and train its runs, until Ctrl-C.')
    .option('--port <n>', 'port to listen on; 0 takes any free one', wholeNumber(0, 65_535), defaultPort)
    .option('--host <address>', 'address to listen on; others than loopback let other machines in', '127.0.0.1')
    .option('--allow-host <name>', 'a name by which other machines call this one; may be given again', gather)
    .option('--share', 'print a second address, which shows everything and changes nothing')
    .option(
      '--files <folder>',
      'where windows of other machines may read data sets and imports; may be given again',
      gather,
    )
    .option('--tls-cert <file>', 'certificate, PEM: encrypts the connection')
    .option('--tls-key <file>', 'private key of the certificate, PEM')
    .addOption(libraryOption())
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const { port, host, allowHost = [], share } = options;
  const tls = await readTls(options);
  const { lab, library, killAll } = await openLab({
    library: options.library,
    owner: 'a web host (microbatch serve)',
    write: false,
    trains: 'queue',
  });
  const files = await BrowserFiles.open();
  // A window on this machine is its user's, who may read their own files.
  const handlers = isLoopback(host) ? lab.handlers : withoutProgramChanges(lab.handlers);
  const named = isLoopback(host) ? (path: string) => Promise.resolve(path) : filesWithin(options.files ?? []);
  try {
    const web = await startWebHost({
      // Folders of exports that are fetched are this host's own choice, and need no leave.
      handlers: withFiles(browserHandlers(handlers, files), async (path) => files.received(path) ?? named(path)),
      files,
      events: (listener) => lab.subscribe(listener),
      pages: paths.renderer,
      host,
      port,
      allowedHosts: allowHost,
      share: share === true,
      ...(tls === null ? {} : { tls }),
      onUnexpected: (where, thrown) => say(`${where}: ${describeError(toErrorShape(thrown))}`),
    });
    if (!existsSync(paths.renderer)) say('The pages of the window are not built yet: npm run build makes them.');
    say(`Library ${library.folder}${library.readOnly ? ' (read-only)' : ''}. Ctrl-C ends the host.`);
    if (!isLoopback(host)) {
      say(`Whoever has this address has the library${tls === null ? ', and the connection is not encrypted' : ''}.`);
    }
    const takeBack = library.readOnly ? null : await announceBridge(library.folder, web.address, tls?.cert);
    // Whoever reads the address may ask for the end at once.
    const interrupt = interrupted(killAll);
    print(web.address);
    // Standard output is the one address, for whoever reads it by a script.
    if (web.sharedAddress !== null) say(`For reading only: ${web.sharedAddress}`);
    await interrupt.first;
    await takeBack?.();
    await web.close();
    const open = lab.runningCount() + lab.pausedCount();
    if (open > 0) say(`Stopping ${counted(open, 'run')}; what they recorded is kept.`);
  } finally {
    await files.close();
    await lab.close();
  }
}

async function readTls(files: Pick<ServeOptions, 'tlsCert' | 'tlsKey'>): Promise<{ cert: string; key: string } | null> {
  const { tlsCert, tlsKey } = files;
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined) {
    const missing = tlsCert === undefined ? '--tls-cert' : '--tls-key';
    throw new InvalidArgumentError(`${missing} is missing: a certificate and its private key go together.`);
  }
  return { cert: await readPem(tlsCert), key: await readPem(tlsKey) };
}

function readPem(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MicrobatchError(
      {
        code: 'host/bad-certificate',
        message: `${file} cannot be read: ${reason}`,
        expected: 'a PEM file that this user may read',
      },
      { cause },
    );
  });
}
