import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromBuffer } from 'yauzl';
import { handlersWith } from '../../test/refusing-handlers.ts';
import { handedFile } from '../contracts/files.ts';
import { largestUploadBytes, uploadHeader, uploadPath } from '../contracts/uploads.ts';
import { BrowserFiles } from './browser-files.ts';
import { browserHandlers } from './browser-handlers.ts';
import { startWebHost } from './web-host.ts';
import type { WebHost } from './web-host.ts';

let files: BrowserFiles;
let host: WebHost;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-browser-files-'));
  files = await BrowserFiles.open();
  host = await startWebHost({
    ...{ handlers: handlersWith({}), events: () => () => undefined, pages: folder, host: '127.0.0.1', port: 0, files },
    ...{ share: true, onUnexpected: (_where, thrown) => unexpected.push(thrown) },
  });
  unexpected.length = 0;
});
afterEach(async () => {
  await host.close();
  await files.close();
  rmSync(folder, { recursive: true });
});
const unexpected: unknown[] = [];

const origin = (): string => `http://127.0.0.1:${String(host.port)}`;
const cookieOf = (address: string | null): string =>
  `microbatch_${String(host.port)}=${new URL(address ?? '').searchParams.get('token') ?? ''}`;

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

const headersOf = (headers: Record<string, string>, left: string | null): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== left));

/** A request as our own page makes it, unless its headers say otherwise. */
const send = (sent: Sent): ReturnType<typeof sendWithout> => sendWithout(null, sent);

function sendWithout(
  left: string | null,
  { method = 'GET', path, body, headers = {} }: Sent,
): Promise<{ status: number; body: Buffer; name: string }> {
  return new Promise((resolve, reject) => {
    const own = { cookie: cookieOf(host.address), origin: origin(), [uploadHeader]: '1' };
    const sent = request(
      {
        agent: false,
        host: '127.0.0.1',
        port: host.port,
        path,
        method,
        headers: headersOf({ ...own, ...headers }, left),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks),
            name: response.headers['content-disposition'] ?? '',
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const upload = (name: string, more: Partial<Sent> = {}) =>
  send({ method: 'PUT', path: `${uploadPath}?name=${encodeURIComponent(name)}`, body: 'step,loss\n1,2\n', ...more });
const json = ({ body }: { readonly body: Buffer }): unknown => JSON.parse(body.toString());

describe('a file that a browser sends', () => {
  it('is kept by its name, for whoever has its handle, until the host ends', async () => {
    const { file, path } = handedFile.parse(json(await upload('my curves.csv')));
    expect(path).toBe('my curves.csv');
    const kept = files.received(file) ?? '';
    expect(readdirSync(dirname(kept))).toEqual(['my curves.csv']);
    expect(files.plainWords(`${kept} is empty`)).toBe('my curves.csv is empty');
    await files.close();
    expect(existsSync(kept)).toBe(false);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\run.csv', 'run.csv'],
    ['.hidden', 'hidden'],
    ['a"b\n\u0007.csv', 'a_b__.csv'],
    ['', 'file'],
    ['..', 'file'],
    ['Größe λ.csv', 'Größe λ.csv'],
    [`${'学'.repeat(200)}.csv`, `${'学'.repeat(76)}.csv`],
  ])('has a plain name: %j is %j', async (name, plain) => {
    expect(handedFile.parse(json(await upload(name))).path).toBe(plain);
  });

  it('is taken of our own pages with the whole token alone', async () => {
    const refused = [
      { headers: { origin: 'http://elsewhere.example' } },
      { headers: { cookie: 'microbatch_1=guess' } },
      { headers: { cookie: cookieOf(host.sharedAddress) } },
    ];
    for (const more of refused) expect((await upload('a.csv', more)).status).toBe(403);
    const plain = { method: 'PUT', path: `${uploadPath}?name=a.csv`, body: 'step,loss' };
    expect((await send({ ...plain, headers: { origin: 'null' } })).status).toBe(200);
    expect((await sendWithout(uploadHeader, plain)).status).toBe(403);
    expect((await send({ ...plain, method: 'OPTIONS' })).status).toBe(405);
    expect((await send({ method: 'PUT', path: '/elsewhere' })).status).toBe(405);
    expect((await upload('a.csv', { headers: { host: 'elsewhere.example' } })).status).toBe(421);
  });

  it('is refused before it is sent where it says that it is too large, with the size that may be', async () => {
    const stated = { 'content-length': String(largestUploadBytes + 1) };
    const answer = upload('large.pth', { headers: stated, body: '' });
    expect(json(await answer)).toMatchObject({ code: 'files/too-large', expected: 'at most 2 GB' });
  });

  it('leaves nothing behind where it is cut off', async () => {
    const broken = request({
      ...{ host: '127.0.0.1', port: host.port, method: 'PUT', path: `${uploadPath}?name=half.csv` },
      headers: { cookie: cookieOf(host.address), origin: origin(), [uploadHeader]: '1', 'content-length': '1000' },
    });
    broken.on('error', () => undefined);
    broken.write('step');
    const root = dirname(await files.newFolder());
    const folders = (): number => readdirSync(root).length;
    while (folders() < 2) await new Promise((resume) => setTimeout(resume, 5));
    broken.destroy();
    while (folders() > 1) await new Promise((resume) => setTimeout(resume, 5));
    expect(unexpected).toEqual([]);
  });

  it('that is none any more is refused by its handle', () => {
    expect(() => files.received('upload:abc/curves.csv')).toThrow(/curves.csv is no longer kept/);
    expect(files.received('/data/curves.csv')).toBeNull();
  });
});

describe('an export that a browser fetches', () => {
  const item = { reference: 'abc', format: 'csv' as const };
  /** Exports that write the named files. */
  const exporting = (names: readonly string[]) =>
    browserHandlers(
      handlersWith({
        'exports.run': ({ to }) => {
          if (to.kind !== 'folder') throw new Error('a folder was expected');
          const written = names.map((name) => {
            const path = join(to.folder, name);
            writeFileSync(path, name);
            return { path, bytes: name.length, sha256: 'ab'.repeat(32) };
          });
          const report = { format: 'csv' as const, run: 'abc', weights: null, checkpoint: null, files: written };
          return Promise.resolve({ written: names.length === 0 ? [] : [report], refused: [], download: null });
        },
      }),
      files,
    )['exports.run']({ items: [item], to: { kind: 'download' }, job: 'one' });

  it('is one file, once', async () => {
    const { written, download } = await exporting(['run.csv']);
    expect(written[0]?.files[0]?.path).toBe('run.csv');
    const path = download?.address ?? '';
    const reader = { cookie: cookieOf(host.sharedAddress) };
    expect((await send({ path, headers: reader })).body.toString()).not.toBe('run.csv');
    const fetched = await send({ path });
    expect(fetched.body.toString()).toBe('run.csv');
    expect(fetched.name).toBe('attachment; filename="run.csv"');
    expect((await send({ path })).status).toBe(404);
  });

  it('can be fetched again where it broke off', async () => {
    const large = join(await files.newFolder(), 'large.csv');
    // More than the buffers of a connection hold.
    writeFileSync(large, Buffer.alloc(64 * 2 ** 20, 7));
    const { address } = await files.offer(large);
    await new Promise<void>((resolve, reject) => {
      const headers = { cookie: cookieOf(host.address) };
      const broken = request(
        { agent: false, host: '127.0.0.1', port: host.port, path: address, headers },
        (response) => {
          response.once('data', () => response.destroy());
          response.once('close', resolve);
          response.on('error', () => undefined);
        },
      );
      broken.on('error', reject);
      broken.end();
    });
    await expect.poll(async () => (await send({ path: address })).body.length).toBe(64 * 2 ** 20);
  });

  it('is an archive of several, with their checksums', async () => {
    const { download } = await exporting(['net.pth', 'net.pth.json']);
    const { body } = await send({ path: download?.address ?? '' });
    const names = await new Promise<string[]>((resolve, reject) => {
      fromBuffer(body, (error, zip) => {
        if (error !== null) {
          reject(error);
          return;
        }
        const found: string[] = [];
        zip.on('entry', ({ fileName }: { fileName: string }) => found.push(fileName));
        zip.on('end', () => resolve(found));
      });
    });
    expect(names.toSorted()).toEqual(['SHA256SUMS', 'net.pth', 'net.pth.json']);
  });

  it('is nothing where everything was refused', async () => {
    expect((await exporting([])).download).toBeNull();
  });
});
