import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import sirv, { type RequestHandler } from 'sirv';
import { WebSocketServer } from 'ws';
import { maximumRequestBytes, type ApiHandlers } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { contentSecurityPolicy } from '../contracts/page-policy.ts';
import { uploadHeader, uploadPath } from '../contracts/uploads.ts';
import type { BrowserFiles } from './browser-files.ts';
import { end, sendDownload, takeUpload } from './file-routes.ts';
import { readingHandlers } from './reading-handlers.ts';
import { serveSocket, type EventSource } from '../lab/call-socket.ts';
import { accessOf, cookieToken, isOwnHost, isOwnOrigin, ownHosts, shownHost, tokenCookie } from './web-guard.ts';
import type { Access, HostTokens } from './web-guard.ts';

export interface WebHostOptions {
  readonly handlers: ApiHandlers;
  readonly events: EventSource;
  /** Folder of the built pages. Where it is missing only the bridge answers. */
  readonly pages: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Further names of this machine, as other machines call it. */
  readonly allowedHosts?: readonly string[];
  /** Certificate and key, PEM; without them the connection is not encrypted. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Whether there is a second address that shows everything and changes nothing. */
  readonly share?: boolean;
  /** Files on their way between browsers and this host; without them none are sent or fetched. */
  readonly files?: BrowserFiles;
  /** Told of failures that are not errors of our own. */
  readonly onUnexpected: (where: string, thrown: unknown) => void;
}

export interface WebHost {
  /** Address with the token of this start: whoever has it has the library. */
  readonly address: string;
  /** Address whose token is only answered what reads; null where nothing is shared. */
  readonly sharedAddress: string | null;
  readonly port: number;
  close(): Promise<void>;
}

const socketPath = '/bridge';
/** A large file over a slow line. */
const longestRequestMilliseconds = 3_600_000;

/**
 * Serves the window's pages and its calls to browsers. Every request must name this host and carry the token, at first
 * in the address, from then on in a cookie. Throws `host/port-in-use`, `host/cannot-listen` or `host/bad-certificate`.
 */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const tokens = { all: newToken(), reading: options.share === true ? newToken() : null };
  const server = options.tls === undefined ? createServer() : secureServer(options.tls);
  server.requestTimeout = longestRequestMilliseconds;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maximumRequestBytes });
  const port = await listen(server, options);
  const guard: Guard = {
    tokens,
    port,
    secure: options.tls !== undefined,
    hosts: ownHosts({ host: options.host, port, allowedHosts: options.allowedHosts ?? [] }),
  };
  const pages = pageHandler(options.pages);
  const reading = readingHandlers(options.handlers);

  server.on('request', (request, response) => {
    setSecurityHeaders(response);
    const answer = answerTo(request, guard);
    if (answer === 'upload') void takeUpload(request, response, options);
    else if (answer === 'download') void sendDownload(request, response, options);
    else if (answer === 'page')
      pages(request, response, () => {
        end(response, 404, 'There is no such page. Where none is built yet, npm run build makes them.');
      });
    else if ('admitted' in answer) admit(response, answer.admitted, guard);
    else {
      // What is sent all the same would stand in the way of the next request.
      request.resume();
      end(response, answer.status, answer.reason);
    }
  });
  server.on('upgrade', (request, socket, head) => {
    const access = connectionAccess(request, guard);
    if (access === null) {
      refuseUpgrade(socket);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => {
      serveSocket(connection, access === 'all' ? options : { ...options, handlers: reading });
    });
  });

  const origin = `${guard.secure ? 'https' : 'http'}://${shownHost(options.host)}:${String(port)}`;
  return {
    address: `${origin}/?token=${tokens.all}`,
    sharedAddress: tokens.reading === null ? null : `${origin}/?token=${tokens.reading}`,
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

const newToken = (): string => randomBytes(24).toString('base64url');

function secureServer(tls: { readonly cert: string; readonly key: string }): Server {
  try {
    return createSecureServer(tls);
  } catch (cause) {
    throw new MicrobatchError(
      {
        code: 'host/bad-certificate',
        message: `the certificate and its key cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
        expected: 'a certificate and the private key that belongs to it, both PEM',
        remedy: 'name other files with --tls-cert and --tls-key',
      },
      { cause },
    );
  }
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

/** What every request is held against. */
interface Guard {
  readonly tokens: HostTokens;
  readonly port: number;
  readonly secure: boolean;
  readonly hosts: ReadonlySet<string>;
}

type Answer =
  'page' | 'upload' | 'download' | { readonly admitted: string } | { readonly status: number; readonly reason: string };

function answerTo(request: IncomingMessage, { tokens, port, secure, hosts }: Guard): Answer {
  if (!isOwnHost(request.headers.host, hosts, secure)) {
    return { status: 421, reason: 'This host does not go by that name. serve --allow-host NAME adds it.' };
  }
  const isUpload = request.method === 'PUT' && (request.url ?? '').split('?')[0] === uploadPath;
  if (isUpload) {
    const access = isOwnUpload(request, secure) ? accessOf(cookieToken(request, port), tokens) : null;
    return access === 'all' ? 'upload' : { status: 403, reason: 'This link sends no files.' };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, reason: 'only GET is answered' };
  const named = queryToken(request);
  const access = named === null ? accessOf(cookieToken(request, port), tokens) : null;
  if (access === 'all' && request.method === 'GET' && (request.url ?? '').startsWith('/downloads/')) return 'download';
  if (access !== null) return 'page';
  if (named !== null && accessOf(named, tokens) !== null) return { admitted: named };
  return { status: 403, reason: 'Open the address that the host printed when it started: it carries the token.' };
}

/**
 * Whether our own page sends a file. Pages elsewhere cannot set a header of ours without asking first, and no such question
 * is answered here. Our pages send no referrer, so that browsers may leave their origin out as well.
 */
function isOwnUpload(request: IncomingMessage, secure: boolean): boolean {
  const { origin } = request.headers;
  const fromOurs = origin === undefined || origin === 'null' || isOwnOrigin(request, secure);
  return fromOurs && request.headers[uploadHeader] !== undefined;
}

/** Moves the token from the address into a cookie that scripts cannot read and other sites cannot send. */
function admit(response: ServerResponse, token: string, { port, secure }: Guard): void {
  const only = `HttpOnly; SameSite=Strict; Path=/${secure ? '; Secure' : ''}`;
  response.setHeader('set-cookie', `${tokenCookie(port)}=${token}; ${only}`);
  response.setHeader('location', '/');
  end(response, 303, '');
}

function connectionAccess(request: IncomingMessage, { tokens, port, secure, hosts }: Guard): Access | null {
  const isOurs =
    request.url === socketPath && isOwnHost(request.headers.host, hosts, secure) && isOwnOrigin(request, secure);
  return isOurs ? accessOf(cookieToken(request, port), tokens) : null;
}

function refuseUpgrade(socket: Duplex): void {
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

function queryToken(request: IncomingMessage): string | null {
  return new URLSearchParams((request.url ?? '').split('?')[1] ?? '').get('token');
}

function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', contentSecurityPolicy);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cache-control', 'no-cache');
}
