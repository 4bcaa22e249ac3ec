import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { maximumRequestBytes } from '../contracts/api.ts';
import type { ApiHandlers } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { leaveBridgeNote } from './bridge-note.ts';
import { serveSocket } from './call-socket.ts';
import type { EventSource } from './call-socket.ts';

export interface VerbBridgeOptions {
  /** Folder of the library that this host owns. */
  readonly library: string;
  readonly handlers: ApiHandlers;
  readonly events: EventSource;
  readonly onUnexpected: (where: string, thrown: unknown) => void;
}

export interface VerbBridge {
  readonly port: number;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';

/**
 * Lets verbs of this user reach a host that serves no browser, such as the desktop application: a socket on loopback,
 * whose port and token are in the library, readable by this user alone. The token comes in a header that no page can
 * set, so that no browser gets in, whatever it knows. Throws `host/cannot-listen`, `library/...`.
 */
export async function openVerbBridge(options: VerbBridgeOptions): Promise<VerbBridge> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer((_request, response) => {
    response.writeHead(404, { connection: 'close' }).end();
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maximumRequestBytes });
  server.on('upgrade', (request, socket, head) => {
    if (!isAdmitted(request, token)) {
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => serveSocket(connection, options));
  });
  const port = await listen(server);
  const close = async (): Promise<void> => {
    for (const connection of sockets.clients) connection.terminate();
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  };
  try {
    const takeBack = await leaveBridgeNote(options.library, { port, token });
    return {
      port,
      close: async () => {
        await takeBack();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new MicrobatchError(
          {
            code: 'host/cannot-listen',
            message: `no port of ${loopback} can be opened: ${cause.message}`,
            expected: 'a loopback interface on which this user may open a port',
            remedy:
              'see to the loopback interface and its firewall; until then verbs change the library while no host owns it',
          },
          { cause },
        ),
      );
    });
    server.listen(0, loopback, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

/** Compares in constant time, so that a guess learns nothing from how long the answer takes. */
function isAdmitted({ headers }: IncomingMessage, token: string): boolean {
  const [given, expected] = [Buffer.from(headers.authorization ?? ''), Buffer.from(`Bearer ${token}`)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
