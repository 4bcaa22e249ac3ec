import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { describeError, toErrorShape } from '../../contracts/errors.ts';
import { paths } from '../application.ts';
import { counted } from '../format.ts';
import { announceBridge } from '../host-bridge.ts';
import { interrupted } from '../interrupt.ts';
import { openLab } from '../open-lab.ts';
import { print, say } from '../terminal.ts';
import { libraryOption, wholeNumber } from '../usage.ts';
import { startWebHost } from '../web-host.ts';

const defaultPort = 7317;

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly library?: string;
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Serve the application to a browser and train its runs, until Ctrl-C.')
    .option('--port <n>', 'port to listen on; 0 takes any free one', wholeNumber(0, 65_535), defaultPort)
    .option('--host <address>', 'address to listen on; others than loopback let other machines in', '127.0.0.1')
    .addOption(libraryOption())
    .action(serve);
}

async function serve({ port, host, library: named }: ServeOptions): Promise<void> {
  const { lab, library, killAll } = await openLab({
    library: named,
    owner: 'a web host (microbatch serve)',
    write: false,
    trains: 'queue',
  });
  try {
    const web = await startWebHost({
      handlers: lab.handlers,
      events: (listener) => lab.subscribe(listener),
      pages: paths.renderer,
      host,
      port,
      onUnexpected: (where, thrown) => say(`${where}: ${describeError(toErrorShape(thrown))}`),
    });
    if (!existsSync(paths.renderer)) say('The pages of the window are not built yet: npm run build makes them.');
    say(`Library ${library.folder}${library.readOnly ? ' (read-only)' : ''}. Ctrl-C ends the host.`);
    if (!isLoopback(host)) say('Whoever has this address has the library, and the connection is not encrypted.');
    const takeBack = library.readOnly ? null : await announceBridge(library.folder, web.address);
    // Whoever reads the address may ask for the end at once.
    const interrupt = interrupted(killAll);
    print(web.address);
    await interrupt.first;
    await takeBack?.();
    await web.close();
    const open = lab.runningCount() + lab.pausedCount();
    if (open > 0) say(`Stopping ${counted(open, 'run')}; what they recorded is kept.`);
  } finally {
    await lab.close();
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
