import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadFile } from './download.ts';
import type { PublishedFile } from './known-sets.ts';
import { downloadSet } from './obtain-known-set.ts';
import { cifarEntries, tarOf } from './readers/archive-fixture.ts';

let folder: string;
let server: Server;
let address: string;
let serve: (request: IncomingMessage, response: ServerResponse) => void;
/** Range headers in the order they came. */
let ranges: (string | undefined)[];

const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7 + (at >> 8)) % 251));
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const published = (bytes: Uint8Array, name = 'set.tar.gz'): PublishedFile => ({
  name,
  address: `${address}/${name}`,
  bytes: bytes.length,
  md5: md5(bytes),
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-download-'));
  ranges = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  address = `http://127.0.0.1:${String(typeof bound === 'object' ? bound?.port : bound)}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Sends what was asked for, and breaks the connection once `most` bytes of it are kept. */
function sendBroken(
  bytes: Uint8Array,
  most: number,
  { range }: IncomingMessage['headers'],
  response: ServerResponse,
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  response.writeHead(range === undefined ? 200 : 206, { 'content-length': bytes.length - from });
  if (from + most >= bytes.length) response.end(bytes.subarray(from));
  else {
    response.write(bytes.subarray(from, from + most));
    void untilKept(from + most).then(() => response.destroy());
  }
}

/** What a reader has not stored when its connection breaks is lost to it: a busy one may be late. */
async function untilKept(bytes: number): Promise<void> {
  let kept = 0;
  while (kept < bytes) {
    await setTimeout(5);
    const parts = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.part'));
    const sizes = await Promise.all(parts.map(async (name) => (await stat(join(folder, name))).size));
    kept = Math.max(0, ...sizes);
  }
}

describe('a download', () => {
  it('goes on where a server dropped the connection, and reports how far it is', async () => {
    serve = (request, response) => sendBroken(content, 100_000, request.headers, response);
    const heard: number[] = [];
    const path = await downloadFile(published(content), folder, (bytes) => heard.push(bytes));
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
    expect(heard.at(-1)).toBe(content.length);
    expect(heard).toEqual(heard.toSorted((a, b) => a - b));
  });

  it('goes on from what an earlier process fetched', async () => {
    serve = (request, response) => sendBroken(content, content.length, request.headers, response);
    await writeFile(join(folder, 'set.tar.gz.part'), content.subarray(0, 123_456));
    await downloadFile(published(content), folder, () => undefined);
    expect(ranges).toEqual(['bytes=123456-']);
  });

  it('asks for nothing where the verified file is there', async () => {
    await writeFile(join(folder, 'set.tar.gz'), content);
    await downloadFile(published(content), folder, () => undefined);
    expect(ranges).toEqual([]);
  });

  it('starts again where the server knows no ranges', async () => {
    serve = (_, response) => response.end(content);
    await writeFile(join(folder, 'set.tar.gz.part'), content.subarray(0, 1000));
    const path = await downloadFile(published(content), folder, () => undefined);
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('refuses another file of the same size, and keeps nothing of it', async () => {
    const other = Buffer.from(content);
    other[7] = 1;
    serve = (_, response) => response.end(other);
    const file = published(content);
    await expect(downloadFile(file, folder, () => undefined)).rejects.toMatchObject({
      code: 'data/wrong-checksum',
      expected: file.md5,
    });
    await expect(stat(join(folder, 'set.tar.gz.part'))).rejects.toThrow('ENOENT');
    await expect(stat(join(folder, 'set.tar.gz'))).rejects.toThrow('ENOENT');
  });

  it('compares the SHA-256 where one is published', async () => {
    serve = (_, response) => response.end(content);
    const file = { ...published(content), sha256: '0'.repeat(64) };
    await expect(downloadFile(file, folder, () => undefined)).rejects.toMatchObject({ code: 'data/wrong-checksum' });
  });

  it.each([
    ['that is gone', 404, /answers 404/],
    ['that is forbidden', 403, /answers 403/],
  ])('gives up at once on a file %s', async (_, status, message) => {
    serve = (__, response) => response.writeHead(status).end();
    await expect(downloadFile(published(content), folder, () => undefined)).rejects.toThrow(message);
    expect(ranges).toHaveLength(1);
  });

  it('refuses a server that sends more than the file', async () => {
    serve = (_, response) => response.end(Buffer.concat([content, content]));
    await expect(downloadFile(published(content), folder, () => undefined)).rejects.toThrow(/sends more than/);
  });

  it('says what is wrong after some tries in vain, and keeps what came', async () => {
    serve = (request, response) => {
      if (request.headers.range === undefined) sendBroken(content, 5000, request.headers, response);
      else response.destroy();
    };
    await expect(downloadFile(published(content), folder, () => undefined)).rejects.toMatchObject({
      code: 'data/download-failed',
    });
    expect((await stat(join(folder, 'set.tar.gz.part'))).size).toBe(5000);
  });
});

describe('downloading a known set', () => {
  it('fetches, verifies and stores it under its name, and keeps no archive', async () => {
    const archive = gzipSync(tarOf(cifarEntries(2)));
    serve = (request, response) => sendBroken(archive, 4000, request.headers, response);
    const known = {
      ...{ id: 'cifar10', label: 'CIFAR-10', classes: 10, trainImages: 10, testImages: 2 },
      ...{ licence: 'none', citation: '', home: address, members: {} },
      imageShape: [3, 32, 32] as const,
      forms: [{ kind: 'cifar10-python' as const, files: [published(archive)] }],
    };
    const said: string[] = [];
    const manifest = await downloadSet(folder, known, (what) => said.push(what));
    expect(manifest).toMatchObject({
      id: 'cifar10',
      label: 'CIFAR-10',
      published: true,
      parts: { train: { count: 10 } },
    });
    expect([...new Set(said)]).toEqual(['fetching set.tar.gz', 'reading the images']);
    await expect(stat(join(folder, '.downloads', 'cifar10'))).rejects.toThrow('ENOENT');
  });
});
