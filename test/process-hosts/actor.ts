/** A process that plays the part that its environment names, for the conformance tests of process hosts. */
import process from 'node:process';
import { openTransport } from '../../src/runner/transport.ts';

const transport = openTransport();
const keepAlive = (): unknown => setInterval(() => undefined, 1000);

switch (process.env['PART'] ?? 'echo') {
  case 'echo':
    transport.onMessage((message) => transport.send({ echo: message }));
    break;
  case 'count':
    for (let index = 0; index < 5000; index += 1) transport.send({ index });
    keepAlive();
    break;
  case 'columns': {
    const values = Float64Array.from({ length: 2_000_000 }, (_, index) => index / 3);
    transport.send({ values, empty: new Float32Array(0), bytes: new Uint8Array([1, 2, 3]), limit: Number.NaN });
    keepAlive();
    break;
  }
  case 'code':
    process.stderr.write('first words\nthe very last words\n', () => process.exit(7));
    break;
  case 'throws':
    throw new TypeError('nobody catches this');
  case 'busy':
    transport.send({ busy: true });
    process.on('SIGTERM', () => undefined);
    // Once the message is out, this process hears nothing more.
    setTimeout(() => {
      while (true);
    }, 100);
    break;
  case 'exhausts': {
    const kept: unknown[] = [];
    while (true) kept.push(Array.from({ length: 1000 }, () => ({})));
  }
}
