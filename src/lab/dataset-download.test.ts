import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forkProcessHost } from '../headless/fork-process-host.ts';
import { Datasets } from './datasets.ts';

/** A proxy that answers itself: what a process asks it for is what the process would ask the web for. */
let proxy: Server;
let requests: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let home: string;
let service: Datasets;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'microbatch-proxied-'));
  requests = [];
  proxy = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  // Asked for a tunnel, it says that it is there and answers at its other end as well.
  proxy.on('connect', (_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    proxy.emit('connection', socket);
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  const bound = proxy.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  // Whatever the machine that runs the tests says of proxies must not decide here.
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'HTTPS_PROXY', 'NO_PROXY']) vi.stubEnv(name, undefined);
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${String(port)}`);
  service = new Datasets({
    processHost: forkProcessHost,
    entry: resolve(import.meta.dirname, '../runner/dataset-task.ts'),
    resources: resolve(import.meta.dirname, '../../resources'),
    folder: home,
    usedBy: () => [],
    emit: () => undefined,
  });
});
afterEach(async () => {
  service.close();
  proxy.closeAllConnections();
  proxy.close();
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

const part = (): string => join(home, '.downloads', 'fashion-mnist', 'train-images-idx3-ubyte.gz.part');
const sizeOfPart = (): Promise<number> =>
  stat(part()).then(
    ({ size }) => size,
    () => 0,
  );

describe('a download of a known set', () => {
  it('goes through the proxy of the environment; cancelled, it keeps what came, and the next one goes on from it', async () => {
    // The first answer stops in its middle and stays open: only a cancel ends it.
    answer = (_, response) => response.writeHead(200).write(Buffer.alloc(50_000));
    const first = service.download('fashion-mnist');
    const given = expect(first).rejects.toMatchObject({ code: 'data/given-up' });
    await vi.waitUntil(async () => (await sizeOfPart()) === 50_000, { timeout: 30_000, interval: 20 });
    await expect(service.download('fashion-mnist')).rejects.toMatchObject({ code: 'data/busy' });
    service.cancel('fashion-mnist');
    await given;
    expect(requests.map(({ headers, url }) => [headers.host, url])).toEqual([
      ['fashion-mnist.s3-website.eu-central-1.amazonaws.com', '/train-images-idx3-ubyte.gz'],
    ]);
    expect(await sizeOfPart()).toBe(50_000);

    answer = (_, response) => response.writeHead(404).end();
    await expect(service.download('fashion-mnist')).rejects.toMatchObject({ code: 'data/download-failed' });
    expect(requests.at(-1)?.headers.range).toBe('bytes=50000-');
    expect(await sizeOfPart()).toBe(50_000);
    expect(service.list().find(({ id }) => id === 'fashion-mnist')?.state).toBe('known');
    // Nothing looks like a set, and the catalogue can be asked again.
    expect((await readdir(home)).filter((name) => !name.startsWith('.'))).toEqual([]);
  });
});
