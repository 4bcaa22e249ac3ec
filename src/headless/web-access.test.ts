import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { notingHandlers } from '../../test/hostile-messages.ts';
import type { HostileCall } from '../../test/hostile-messages.ts';
import { wireMessage } from '../contracts/api.ts';
import type { ApiHandlers } from '../contracts/api.ts';
import type { HostInformation } from '../contracts/host-information.ts';
import { announceBridge, connectToHost } from './host-bridge.ts';
import { withoutProgramChanges } from './own-machine-handlers.ts';
import { startWebHost } from './web-host.ts';
import type { WebHost, WebHostOptions } from './web-host.ts';

const folder = resolve(import.meta.dirname, '../../test/tls');
const cert = readFileSync(join(folder, 'certificate.pem'), 'utf8');
const key = readFileSync(join(folder, 'key.pem'), 'utf8');

let host: WebHost | null = null;
const reached: HostileCall[] = [];

afterEach(async () => {
  await host?.close();
  host = null;
  reached.length = 0;
});

const information: HostInformation = {
  version: '1',
  kind: 'web',
  library: { name: 'library', path: '/library', readOnly: false, bytes: 0, freeBytes: 0 },
  machine: { cores: 1, memoryBytes: 0, platform: 'linux x64', node: '24' },
  concurrency: 1,
  commands: [],
  recentLibraries: [],
};

async function start(options: Partial<WebHostOptions>): Promise<WebHost> {
  host = await startWebHost({
    handlers: { ...notingHandlers(reached), 'host.information': () => Promise.resolve(information) },
    events: () => () => undefined,
    pages: '/nonexistent',
    host: '127.0.0.1',
    port: 0,
    onUnexpected: () => undefined,
    ...options,
  });
  return host;
}

/** Status of the page that carries the token, asked for under a name. */
function statusAs(name: string, { address, port }: WebHost): Promise<number | undefined> {
  const { pathname, search, protocol } = new URL(address);
  const send = protocol === 'https:' ? secureRequest : plainRequest;
  const options = { host: '127.0.0.1', port, path: `${pathname}${search}`, headers: { host: name } };
  return new Promise((settle, reject) => {
    const sent = send({ ...options, ca: cert, servername: 'localhost' }, (response) => {
      response.resume();
      settle(response.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Sends one call over the bridge with the token of an address. */
async function call(address: string, name: string): Promise<unknown> {
  const { port, searchParams } = new URL(address);
  const cookie = `microbatch_${port}=${String(searchParams.get('token'))}`;
  const own = `127.0.0.1:${port}`;
  const socket = new WebSocket(`ws://${own}/bridge`, { origin: `http://${own}`, headers: { cookie } });
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 1, name, parameters: null }));
  const [data] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return wireMessage.parse(JSON.parse(data.toString('utf8')));
}

describe('a host on every address of its machine', () => {
  it('answers to its own names and addresses and to those it was told, and to no other', async () => {
    const open = await start({ host: '0.0.0.0', allowedHosts: ['Lab.Example'] });
    const port = String(open.port);
    for (const name of [`127.0.0.1:${port}`, `${hostname()}:${port}`, `lab.example:${port}`, `LAB.example:${port}`]) {
      expect(await statusAs(name, open), name).toBe(303);
    }
    for (const name of [`evil.example:${port}`, 'lab.example', `lab.example:1${port}`, `0.0.0.0:${port}`]) {
      expect(await statusAs(name, open), name).toBe(421);
    }
    const printed = new URL(open.address);
    expect(printed.hostname).not.toBe('0.0.0.0');
    expect(await statusAs(printed.host, open)).toBe(303);
  });

  it('does not take the names of its machine where it listens for itself only', async () => {
    const closed = await start({});
    expect(await statusAs(`${hostname()}.local:${String(closed.port)}`, closed)).toBe(421);
  });
});

describe('a host with a certificate', () => {
  it('speaks TLS, and its cookie crosses no other connection', async () => {
    const secure = await start({ tls: { cert, key } });
    expect(secure.address).toMatch(/^https:/);
    expect(await statusAs(`localhost:${String(secure.port)}`, secure)).toBe(303);
    await expect(fetch(secure.address.replace('https:', 'http:'))).rejects.toThrow();
  });

  it('is reached by the verbs of its user', async () => {
    const library = mkdtempSync(join(tmpdir(), 'microbatch-tls-'));
    const secure = await start({ tls: { cert, key } });
    const takeBack = await announceBridge(library, secure.address, cert);
    const connection = await connectToHost(library);
    expect(await connection?.call('host.information', null)).toEqual(information);
    connection?.close();
    await takeBack();
    expect(existsSync(join(library, 'host-bridge.json'))).toBe(false);
    rmSync(library, { recursive: true });
  });

  it('says so where certificate and key do not fit', async () => {
    await expect(start({ tls: { cert, key: 'no key' } })).rejects.toMatchObject({ code: 'host/bad-certificate' });
  });
});

describe('a link for reading', () => {
  it('is there only where it was asked for', async () => {
    expect((await start({})).sharedAddress).toBeNull();
  });

  it('is answered what reads, and nothing else reaches the library', async () => {
    const { sharedAddress, address } = await start({ share: true });
    const shared = String(sharedAddress);
    expect(new URL(shared).searchParams.get('token')).not.toBe(new URL(address).searchParams.get('token'));
    expect(await call(shared, 'runs.list')).toMatchObject({ result: null });
    expect(await call(shared, 'devices.known')).toMatchObject({ result: null });
    reached.length = 0;
    for (const name of ['quickstart.start', 'queue.pause', 'devices.probe', 'imports.cancel', 'runtimes.cancel']) {
      expect(await call(shared, name), name).toMatchObject({ error: { code: 'request/read-only' } });
    }
    expect(reached).toEqual([]);
    expect(await call(address, 'queue.pause')).toMatchObject({ result: null });
  });

  it('tells its window that the library is read-only', async () => {
    const { sharedAddress } = await start({ share: true });
    expect(await call(String(sharedAddress), 'host.information')).toMatchObject({
      result: { library: { readOnly: true } },
    });
  });
});

describe('native runtimes', () => {
  const status = { offers: [], refusal: null, installed: [], restorable: [], installation: null, failure: null };
  const own = (): ApiHandlers => ({
    ...notingHandlers(reached),
    'runtimes.status': () => Promise.resolve(status),
  });

  it('are installed and removed by nobody who comes from another machine, and the window is told so', async () => {
    const handlers = withoutProgramChanges(own());
    const refused = { code: 'runtime/other-machine' };
    await expect(handlers['runtimes.install']({ from: 'pip', flavour: 'cpu' })).rejects.toMatchObject(refused);
    await expect(handlers['runtimes.cancel'](null)).rejects.toMatchObject(refused);
    await expect(handlers['runtimes.remove']({ runtime: 'x' })).rejects.toMatchObject(refused);
    await expect(handlers['runtimes.restore']({ runtime: 'x' })).rejects.toMatchObject(refused);
    expect(reached).toEqual([]);
    expect(await handlers['runtimes.status'](null)).toMatchObject({ installed: [], refusal: refused });
  });

  it('are shown over a link for reading, which offers nothing', async () => {
    const { sharedAddress, address } = await start({ share: true, handlers: own() });
    expect(await call(String(sharedAddress), 'runtimes.status')).toMatchObject({
      result: { ...status, refusal: { code: 'request/read-only' } },
    });
    expect(await call(address, 'runtimes.status')).toMatchObject({ result: status });
  });
});
