import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import sirv, { type RequestHandler } from 'sirv';
import { WebSocketServer } from 'ws';
import { maximumRequestBytes, type ApiHandlers } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { contentSecurityPolicy } from '../contracts/page-policy.ts';
import { serveSocket, type EventSource } from './web-socket.ts';
import { cookieToken, isOwnHost, isOwnOrigin, isToken, tokenCookie } from './web-guard.ts';

export interface WebHostOptions {
  readonly handlers: ApiHandlers;
  readonly events: EventSource;
  /** Folder of the built pages. Where it is missing only the bridge answers. */
  readonly pages: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Told of failures that are not errors of our own. */
  readonly onUnexpected: (where: string, thrown: unknown) => void;
}

export interface WebHost {
  /** Address with the token of this start: whoever has it has the library. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

const socketPath = '/bridge';

/**
 * Serves the window's pages and its calls to browsers. Every request must name this host and carry the token, at first
 * in the address, from then on in a cookie. Throws `host/port-in-use` or `host/cannot-listen`.
 */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maximumRequestBytes });
  const port = await listen(server, options);
  const address = { host: options.host, port };
  const pages = pageHandler(options.pages);

  server.on('request', (request, response) => {
    setSecurityHeaders(response);
    const refusal = refusalOf(request, address, token);
    if (refusal === undefined)
      pages(request, response, () => {
        end(response, 404, 'There is no such page. Where none is built yet, npm run build makes them.');
      });
    else if (refusal === 'redirect') admit(response, address.port, token);
    else end(response, refusal.status, refusal.reason);
  });
  server.on('upgrade', (request, socket, head) => {
    if (!mayConnect(request, address, token)) {
      refuseUpgrade(socket);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => {
      serveSocket(connection, options);
    });
  });

  const shownHost = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    address: `http://${shownHost}:${String(port)}/?token=${token}`,
    port,
    close: async () => {
      for (const connection of sockets.clients) connection.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function pageHandler(folder: string): RequestHandler {
  if (existsSync(folder)) return sirv(folder, { single: true, setHeaders: setSecurityHeaders });
  return (_request, _response, next) => void next?.();
}

function listen(server: Server, { host, port }: WebHostOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(listenError(cause, host, port));
    });
    server.listen(port, host, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): MicrobatchError {
  if (cause.code === 'EADDRINUSE') {
    return new MicrobatchError(
      {
        code: 'host/port-in-use',
        message: `port ${String(port)} on ${host} is in use by another program`,
        expected: 'a free port',
        remedy: 'name another with --port, or --port 0 for any free one',
      },
      { cause },
    );
  }
  return new MicrobatchError(
    {
      code: 'host/cannot-listen',
      message: `${host}:${String(port)} cannot be listened on: ${cause.message}`,
      expected: 'an address of this machine and a port that this user may open',
      remedy: 'leave --host out for this machine only, or choose a port above 1023',
    },
    { cause },
  );
}

type Refusal = { readonly status: number; readonly reason: string };

function refusalOf(
  request: IncomingMessage,
  address: { host: string; port: number },
  token: string,
): Refusal | 'redirect' | undefined {
  if (!isOwnHost(request.headers.host, address)) return { status: 421, reason: 'unknown host name' };
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, reason: 'only GET is answered' };
  if (isToken(cookieToken(request, address.port), token) && !hasQueryToken(request)) return undefined;
  if (isToken(queryToken(request), token)) return 'redirect';
  return { status: 403, reason: 'Open the address that the host printed when it started: it carries the token.' };
}

/** Moves the token from the address into a cookie that scripts cannot read and other sites cannot send. */
function admit(response: ServerResponse, port: number, token: string): void {
  response.setHeader('set-cookie', `${tokenCookie(port)}=${token}; HttpOnly; SameSite=Strict; Path=/`);
  response.setHeader('location', '/');
  end(response, 303, '');
}

function mayConnect(request: IncomingMessage, address: { host: string; port: number }, token: string): boolean {
  return (
    request.url === socketPath &&
    isOwnHost(request.headers.host, address) &&
    isOwnOrigin(request) &&
    isToken(cookieToken(request, address.port), token)
  );
}

function refuseUpgrade(socket: Duplex): void {
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

function queryToken(request: IncomingMessage): string | null {
  return new URLSearchParams((request.url ?? '').split('?')[1] ?? '').get('token');
}

function hasQueryToken(request: IncomingMessage): boolean {
  return queryToken(request) !== null;
}

function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', contentSecurityPolicy);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cache-control', 'no-cache');
}

function end(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(text);
}
