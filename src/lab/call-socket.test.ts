import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { handlersWith } from '../../test/refusing-handlers.ts';
import { wireMessage } from '../contracts/api.ts';
import type { ApiEmit } from '../contracts/api.ts';
import { metricBatch } from '../contracts/run-record.ts';
import { serveSocket } from './call-socket.ts';

describe('a browser that reads slowly', () => {
  let server: WebSocketServer;
  let browser: WebSocket;
  let emit: ApiEmit;
  let atHost: WebSocket;

  beforeEach(async () => {
    const http = createServer();
    server = new WebSocketServer({ server: http });
    server.on('connection', (socket) => {
      atHost = socket;
      serveSocket(socket, {
        handlers: handlersWith({}),
        events: (listener) => {
          emit = listener;
          return () => undefined;
        },
        onUnexpected: () => undefined,
      });
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    browser = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    await once(browser, 'open');
  });
  afterEach(() => {
    browser.terminate();
    server.close();
  });

  it('costs the host a bounded memory, and gets the newest state and every point when it reads again', async () => {
    browser.pause();
    const name = 'x'.repeat(1000);
    for (let step = 0; step < 50_000; step += 1) {
      emit('import.progress', { file: name, fraction: step / 49_999 });
      if (step % 10 === 0) {
        emit('run.metrics', { run: 'a', series: { 'train/loss': { steps: [step], values: [0] } } });
        // Lets the socket hand over what it can.
        if (step % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect(atHost.bufferedAmount).toBeLessThan(2_000_000);
    const heard: string[] = [];
    const steps: number[] = [];
    browser.on('message', (data: Buffer) => {
      const message = wireMessage.parse(JSON.parse(data.toString()));
      if (!('event' in message)) return;
      heard.push(message.event);
      const batch = metricBatch.safeParse(message.payload).data;
      steps.push(...(batch?.series['train/loss']?.steps ?? []));
    });
    browser.resume();
    await expect.poll(() => steps.length).toBe(5000);
    expect(steps).toEqual(Array.from({ length: 5000 }, (_, index) => index * 10));
    expect(heard.length).toBeLessThan(40_000);
  });
});
