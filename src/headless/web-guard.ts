import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';

/** Name of the cookie that carries the token of a host. Cookies ignore ports, so the name tells hosts apart. */
export function tokenCookie(port: number): string {
  return `microbatch_${String(port)}`;
}

/** The tokens of one start; the reading one is null where nothing is shared. */
export interface HostTokens {
  readonly all: string;
  readonly reading: string | null;
}

/** What a token opens: every call, or those that read. */
export type Access = 'all' | 'reading';

export function accessOf(given: string | null | undefined, tokens: HostTokens): Access | null {
  if (isToken(given, tokens.all)) return 'all';
  return tokens.reading !== null && isToken(given, tokens.reading) ? 'reading' : null;
}

/** Compares in constant time, so that a guess learns nothing from how long the answer takes. */
function isToken(given: string | null | undefined, token: string): boolean {
  if (given === null || given === undefined) return false;
  const [left, right] = [Buffer.from(given), Buffer.from(token)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The token that a request carries in its cookie. */
export function cookieToken(request: IncomingMessage, port: number): string | undefined {
  const name = `${tokenCookie(port)}=`;
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(name));
  return found?.slice(name.length);
}

const loopbackNames = ['127.0.0.1', 'localhost', '::1'];
const everyAddress = ['0.0.0.0', '::'];

export interface Listening {
  /** Address that is listened on; `0.0.0.0` and `::` are every address of this machine. */
  readonly host: string;
  readonly port: number;
  /** Further names of this machine, as other machines call it. */
  readonly allowedHosts: readonly string[];
}

/**
 * The Host headers that name this host. A page elsewhere that rebinds its own name to our address still sends its own
 * name here, and is refused.
 */
export function ownHosts({ host, port, allowedHosts }: Listening): ReadonlySet<string> {
  const names = [...loopbackNames, ...allowedHosts, ...(everyAddress.includes(host) ? machineNames() : [host])];
  return new Set(names.map((name) => `${inAddress(name)}:${String(port)}`));
}

/** Whether the Host header is one of them; a port that is the scheme's own is left out by browsers. */
export function isOwnHost(header: string | undefined, hosts: ReadonlySet<string>, secure: boolean): boolean {
  if (header === undefined) return false;
  const named = header.toLowerCase();
  return hosts.has(named) || hosts.has(`${named}:${secure ? '443' : '80'}`);
}

/** Whether a WebSocket comes from one of our own pages: its origin is the host it speaks to. */
export function isOwnOrigin(request: IncomingMessage, secure: boolean): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && origin === `${secure ? 'https' : 'http'}://${host ?? ''}`;
}

/** The name by which the printed address calls this host: one that other machines reach where it listens for them. */
export function shownHost(host: string): string {
  if (!everyAddress.includes(host)) return inAddress(host);
  const outward = interfaces().find(({ internal, family }) => !internal && family === 'IPv4');
  return outward?.address ?? '127.0.0.1';
}

export const isLoopback = (host: string): boolean => loopbackNames.includes(host) || host.startsWith('127.');

function machineNames(): string[] {
  const name = hostname();
  const addresses = interfaces().map(({ address }) => address.split('%')[0] ?? address);
  return [name, `${name}.local`, ...addresses];
}

const interfaces = () => Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);

/** As a Host header writes it: lower case, an IPv6 address in brackets. */
const inAddress = (name: string): string => (name.includes(':') ? `[${name}]` : name).toLowerCase();
