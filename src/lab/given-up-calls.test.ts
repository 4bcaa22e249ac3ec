import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestLab } from '../../test/open-lab.ts';
import { answerCall } from '../contracts/calls.ts';
import { forkProcessHost } from '../headless/fork-process-host.ts';
import { keepProcesses } from '../headless/process-keeper.ts';
import type { Lab } from './lab.ts';
import type { ProcessExit } from './process-host.ts';

describe('a call that its window gives up', () => {
  let folder: string;
  let lab: Lab;
  let exits: ProcessExit[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'microbatch-given-up-'));
    exits = [];
    const { processHost } = keepProcesses(forkProcessHost);
    const opened = await openTestLab(join(folder, 'library'), {
      processHost: {
        start: (entry, options) => {
          const process = processHost.start(entry, options);
          process.onExit((exit) => exits.push(exit));
          return process;
        },
      },
    });
    lab = opened.lab;
  });
  afterEach(async () => {
    await lab.close();
    await rm(folder, { recursive: true });
  });

  it('ends the process that worked for it, and can be made again at once', async () => {
    const leaving = new AbortController();
    const call = answerCall(
      lab.handlers,
      'datasets.card',
      { dataset: 'fashion-mnist-small' },
      { signal: leaving.signal },
    );
    const rejected = expect(call).rejects.toMatchObject({ code: 'request/cancelled' });
    leaving.abort();
    await rejected;
    const card = await answerCall(lab.handlers, 'datasets.card', { dataset: 'fashion-mnist-small' });
    expect(card.classes).toHaveLength(10);
    await expect.poll(() => exits.map(({ signal }) => signal)).toContain('SIGKILL');
  });

  it('reads no further metrics', async () => {
    const asked = new AbortController();
    const runs = Array.from({ length: 1000 }, (_, index) => `none-${String(index)}`);
    const read = lab.handlers['metrics.read']({ runs, series: [], points: 10 }, { signal: asked.signal });
    asked.abort();
    await expect(read).rejects.toThrow('aborted');
  });
});
