import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import sirv from 'sirv';
import { MicrobatchError } from '../contracts/errors.ts';

export interface Share {
  /** Address that only this process knows. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a folder to the updater, which reads over HTTP alone: on this machine only, below a path that nobody can guess,
 * for as long as one search takes. Throws `updates/no-folder`.
 */
export async function serveShare(folder: string): Promise<Share> {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new MicrobatchError({
      code: 'updates/no-folder',
      message: `${folder}, where updates come from, is not there`,
      expected: 'a folder with the files that electron-builder makes, such as latest-linux.yml',
      remedy: 'connect the share, or name another folder in the settings',
    });
  }
  const secret = `/${randomBytes(24).toString('base64url')}/`;
  // Development mode reads the folder at each request: a share changes while it is served.
  const files = sirv(folder, { dev: true, etag: false });
  const server = createServer((request, response) => {
    if (request.url?.startsWith(secret) !== true) {
      response.writeHead(404).end();
      return;
    }
    request.url = request.url.slice(secret.length - 1);
    files(request, response, () => void response.writeHead(404).end());
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    url: `http://127.0.0.1:${String(port)}${secret}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
