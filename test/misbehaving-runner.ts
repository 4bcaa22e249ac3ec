/** A training process that breaks the rules, in the way that its environment names. */
import process from 'node:process';
import { z } from 'zod';
import { runnerProtocolVersion } from '../src/contracts/runner-protocol.ts';
import type { FromRunner } from '../src/contracts/runner-protocol.ts';
import { openTransport } from '../src/runner/transport.ts';

const transport = openTransport();
const send = (message: FromRunner | { readonly type: 'nonsense' }): void => transport.send(message);
const hello = { type: 'hello', version: runnerProtocolVersion, pid: process.pid } as const;
const heartbeats = (): unknown => setInterval(() => send({ type: 'heartbeat' }), 100);

const resolved = {
  ...{ executor: 'onnx', device: 'CPU', version: '1', threads: 1, deterministic: true },
  ...{ parameters: 1, gradientEvaluationsPerStep: 1 },
};

const machine = { host: '', platform: '', processor: '', cores: 1, memoryBytes: 1, graphicsCards: null, node: '' };

/** Keeps the process, whatever it is told. */
transport.onMessage((message) => {
  if (process.env.MISBEHAVIOUR === 'obeys') obey(message);
});
process.on('SIGTERM', () => undefined);
setInterval(() => undefined, 1000);

switch (process.env.MISBEHAVIOUR ?? 'silent') {
  case 'old':
    send({ ...hello, version: runnerProtocolVersion - 1 });
    break;
  case 'nonsense':
    send(hello);
    send({ type: 'nonsense' });
    break;
  case 'dies':
    send(hello);
    process.stderr.write('libtorch: no such luck\n', () => process.exit(3));
    break;
  case 'exhausts': {
    send(hello);
    const kept: unknown[] = [];
    setTimeout(() => {
      while (true) kept.push(Array.from({ length: 1000 }, () => ({})));
    }, 100);
    break;
  }
  case 'stays':
    send(hello);
    send({ type: 'finished', outcome: 'done', step: 12, seconds: 1 });
    break;
  case 'obeys':
  case 'deaf':
    send(hello);
    heartbeats();
    break;
  case 'ponders':
    send(hello);
    send({ type: 'started', resolved, dataHash: '', machine, streams: {}, from: null, quietSeconds: 600 });
    setTimeout(() => {
      const end = performance.now() + 2500;
      while (performance.now() < end);
      send({ type: 'finished', outcome: 'done', step: 12, seconds: 1 });
    }, 100);
    break;
  case 'hangs':
    send(hello);
    // Once the message is out, this process hears and says no more.
    setTimeout(() => {
      while (true);
    }, 100);
    break;
}

/** The one that does as it should. */
function obey(message: unknown): void {
  const { type } = z.object({ type: z.string() }).parse(message);
  if (type === 'stop') send({ type: 'finished', outcome: 'stopped', step: 3, seconds: 1 });
  if (type === 'acknowledged') process.exit(0);
}
