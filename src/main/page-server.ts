import { readFile, realpath } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { contentSecurityPolicy } from '../contracts/page-policy.ts';
import { applicationHost } from './addresses.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/**
 * Answers requests for `app://` pages from one folder: GET only, our host only, no path that leaves the folder
 * (neither by `..` in any spelling nor by a symbolic link). An address without a file ending is a screen of the
 * window and gets index.html.
 */
export function servePages(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET') return refuse(405, 'only GET is answered');
    const url = new URL(request.url);
    if (url.host !== applicationHost) return refuse(404, 'unknown host');
    const wanted = fileFor(folder, url.pathname);
    if (wanted === null) return refuse(400, 'not a path of the application');
    const root = await realpath(folder);
    const file = await realpath(wanted).catch(() => null);
    if (file?.startsWith(root + sep) !== true) return refuse(404, 'no such page');
    const type = contentTypes[extname(file)];
    if (type === undefined) return refuse(404, 'no such page');
    const content = await readFile(file).catch(() => null);
    if (content === null) return refuse(404, 'no such page');
    return new Response(new Uint8Array(content), { status: 200, headers: headersFor(type) });
  };
}

/** The file that a URL path names inside the folder, or null where it names none. */
function fileFor(folder: string, pathname: string): string | null {
  const path = decode(pathname);
  if (path === null || path.includes('\0') || path.includes('\\')) return null;
  const root = resolve(folder);
  const file = resolve(root, `.${path}`);
  if (file !== root && !file.startsWith(root + sep)) return null;
  return extname(file) === '' ? join(root, 'index.html') : file;
}

function decode(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return null;
  }
}

function headersFor(type: string): Record<string, string> {
  return {
    'content-type': type,
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-cache',
  };
}

function refuse(status: number, reason: string): Response {
  return new Response(reason, { status, headers: headersFor('text/plain; charset=utf-8') });
}
