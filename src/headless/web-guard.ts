import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Name of the cookie that carries the token of a host. Cookies ignore ports, so the name tells hosts apart. */
export function tokenCookie(port: number): string {
  return `microbatch_${String(port)}`;
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/** Compares in constant time, so that a guess learns nothing from how long the answer takes. */
export function isToken(given: string | null | undefined, token: string): boolean {
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

/**
 * Whether the Host header names this host. A page elsewhere that rebinds its own name to our address still sends its
 * own name here, and is refused. On an address other than loopback, that address is accepted as well.
 */
export function isOwnHost(
  header: string | undefined,
  address: { readonly host: string; readonly port: number },
): boolean {
  if (header === undefined) return false;
  const names = [...loopbackNames, address.host.includes(':') ? `[${address.host}]` : address.host];
  return names.some((name) => header === `${name}:${String(address.port)}`);
}

/** Whether a WebSocket comes from one of our own pages: its origin is the host it speaks to. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && (origin === `http://${host ?? ''}` || origin === `https://${host ?? ''}`);
}
