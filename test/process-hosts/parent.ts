/**
 * A host of its own that starts a real training process and says its number: `parent.ts fork` or `parent.ts utility`,
 * the latter with the double of Electron registered.
 */
import { resolve } from 'node:path';
import process from 'node:process';
import { forkProcessHost } from '../../src/headless/fork-process-host.ts';

const { utilityProcessHost } =
  process.argv[2] === 'utility'
    ? await import('../../src/main/utility-process-host.ts')
    : { utilityProcessHost: forkProcessHost };
const runner = utilityProcessHost.start(resolve(import.meta.dirname, '../../src/runner/main.ts'), { name: 'orphan' });
runner.onMessage(() => console.log(JSON.stringify({ pid: runner.pid })));
setInterval(() => undefined, 1000);
