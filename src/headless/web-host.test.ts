import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { handlersWith } from '../../test/refusing-handlers.ts';
import { maximumRequestBytes } from '../contracts/api.ts';
import { initialSettings } from '../contracts/settings.ts';
import { startWebHost, type WebHost } from './web-host.ts';
import type { EventSource } from '../lab/call-socket.ts';

let folder: string;
let host: WebHost;
let emit: Parameters<EventSource>[0];
let listeners: number;
const unexpected: unknown[] = [];

const events: EventSource = (listener) => {
  emit = listener;
  listeners += 1;
  return () => {
    listeners -= 1;
  };
};

beforeEach(async () => {
  listeners = 0;
  folder = await mkdtemp(join(tmpdir(), 'microbatch-web-'));
  await mkdir(join(folder, 'pages'));
  await writeFile(join(folder, 'pages', 'index.html'), '<title>Microbatch</title>');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  host = await startWebHost({
    handlers: handlersWith({
      'settings.read': () => Promise.resolve({ ...initialSettings, theme: 'dark' }),
      'runs.list': () => Promise.reject(new Error('/home/someone/private: no such file')),
    }),
    events,
    pages: join(folder, 'pages'),
    host: '127.0.0.1',
    port: 0,
    onUnexpected: (_, thrown) => unexpected.push(thrown),
  });
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

const token = () => new URL(host.address).searchParams.get('token') ?? '';
const cookie = () => `microbatch_${String(host.port)}=${token()}`;

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** Plain HTTP, because fetch tidies paths and forbids setting Host. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: host.port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString(), headers: response.headers });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('pages of the web host', () => {
  it('move the token from the address into a cookie that scripts and other sites cannot use', async () => {
    const entered = await get(`/?token=${token()}`);
    expect(entered).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(String(entered.headers['set-cookie'])).toBe(`${cookie()}; HttpOnly; SameSite=Strict; Path=/`);
    const page = await get('/', { cookie: cookie() });
    expect(page).toMatchObject({ status: 200, body: '<title>Microbatch</title>' });
  });

  it('carry a policy that allows nothing from elsewhere, on refusals too', async () => {
    for (const answer of [await get('/', { cookie: cookie() }), await get('/')]) {
      expect(answer.headers['content-security-policy']).toMatch(/^default-src 'self'/);
      expect(answer.headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it.each([
    ['no token', '/', {}, 'GET', 403],
    ['a wrong token', '/?token=AAAA', {}, 'GET', 403],
    ['another host name, as after DNS rebinding', '/', { host: 'evil.example:80' }, 'GET', 421],
    ['another method', '/', {}, 'POST', 405],
  ])('refuse %s', async (_, path, headers, method, status) => {
    expect((await get(path, headers, method)).status).toBe(status);
  });

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/..%5csecret.txt', '//secret.txt'])(
    'never leave their folder: %s',
    async (path) => {
      expect((await get(path, { cookie: cookie() })).body).not.toContain('secret');
    },
  );
});

/** Opens the bridge; resolves with the socket, or with the refusal's status. */
function connect(headers: Record<string, string>): Promise<WebSocket | number | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(host.port)}/bridge`, { headers });
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      resolve(socket);
    });
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode);
    });
    socket.on('error', reject);
  });
}
const ownHeaders = () => ({ cookie: cookie(), origin: `http://127.0.0.1:${String(host.port)}` });

async function openBridge(): Promise<{
  send: (text: string) => void;
  next: () => Promise<unknown>;
  socket: WebSocket;
}> {
  const socket = await connect(ownHeaders());
  if (!(socket instanceof WebSocket)) throw new Error(`refused with ${String(socket)}`);
  const arrived: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    const message: unknown = JSON.parse(data.toString());
    const waiter = waiting.shift();
    if (waiter === undefined) arrived.push(message);
    else waiter(message);
  });
  const next = (): Promise<unknown> =>
    arrived.length > 0 ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve));
  return {
    send: (text) => {
      socket.send(text);
    },
    next,
    socket,
  };
}

describe('bridge of the web host', () => {
  it.each([
    ['no cookie', { cookie: '' }],
    ['a wrong token', { cookie: 'microbatch_1=AAAA' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['no origin', { origin: '' }],
    ['another host name', { host: 'evil.example' }],
  ])('refuses %s', async (_, changed) => {
    expect(await connect({ ...ownHeaders(), ...changed })).toBe(403);
    expect(listeners).toBe(0);
  });

  it('answers calls and forwards events until the browser leaves', async () => {
    const bridge = await openBridge();
    bridge.send(JSON.stringify({ id: 7, name: 'settings.read', parameters: null }));
    expect(await bridge.next()).toEqual({ id: 7, result: { ...initialSettings, theme: 'dark' } });
    emit('run.removed', { run: 'sb-1' });
    expect(await bridge.next()).toEqual({ event: 'run.removed', payload: { run: 'sb-1' } });
    bridge.socket.close();
    await expect.poll(() => listeners).toBe(0);
  });

  it.each([
    ['not JSON', '{', 'request/malformed'],
    ['not an object', '7', 'request/malformed'],
    ['no id', '{"name":"settings.read","parameters":null}', 'request/malformed'],
    ['an unknown call', '{"id":1,"name":"runs.explode","parameters":null}', 'request/unknown'],
    ['a name of every object', '{"id":1,"name":"constructor","parameters":null}', 'request/unknown'],
    ['wrong parameters', '{"id":1,"name":"runs.get","parameters":{"run":7}}', 'request/invalid-parameters'],
    ['missing parameters', '{"id":1,"name":"runs.get"}', 'request/malformed'],
  ])('refuses %s with a code and goes on', async (_, message, code) => {
    const bridge = await openBridge();
    bridge.send(message);
    expect(await bridge.next()).toMatchObject({ error: { code } });
    bridge.send('{"id":2,"name":"settings.read","parameters":null}');
    expect(await bridge.next()).toMatchObject({ id: 2, result: { theme: 'dark' } });
    bridge.socket.close();
  });

  it('tells nothing of a failure it did not foresee, except to its operator', async () => {
    const bridge = await openBridge();
    bridge.send('{"id":1,"name":"runs.list","parameters":null}');
    expect(JSON.stringify(await bridge.next())).not.toContain('someone');
    expect(unexpected).toHaveLength(1);
    bridge.socket.close();
  });

  it('cuts off a message above the limit', async () => {
    const { socket } = await openBridge();
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.send('x'.repeat(maximumRequestBytes + 1));
    expect(await closed).toBe(1009);
  });
});

describe('starting a web host', () => {
  it('says so when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const bound = other.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const start = startWebHost({
      handlers: handlersWith({}),
      events,
      pages: folder,
      host: '127.0.0.1',
      port,
      onUnexpected: () => undefined,
    });
    await expect(start).rejects.toMatchObject({ code: 'host/port-in-use' });
    other.close();
  });
});
