import { beforeEach, describe, expect, it } from 'vitest';
import { IpcPair } from '../../test/ipc-pair.ts';
import type { ApiEmit } from '../contracts/api.ts';
import { applicationAddress } from './addresses.ts';
import { sendEventsTo } from './window-events.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('events on their way to a window', () => {
  let pair: IpcPair;
  let sent: unknown[][];
  let emit: ApiEmit;
  beforeEach(() => {
    sent = [];
    pair = new IpcPair(applicationAddress);
    pair.page.send = (_channel: string, ...parts: unknown[]) => void sent.push(parts);
    emit = sendEventsTo({ page: pair.page, registry: pair.registry, ownAddress: applicationAddress });
  });
  const removeRuns = (count: number): void => {
    for (let run = 0; run < count; run += 1) emit('run.removed', { run: String(run) });
  };
  const confirm = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) pair.send('microbatch:received');
    await turn();
  };

  it('wait until a page listens, which reads everything that was before', async () => {
    removeRuns(3);
    expect(sent).toEqual([]);
    pair.send('microbatch:listening');
    await turn();
    expect(sent).toEqual([]);
    removeRuns(1);
    expect(sent).toEqual([['run.removed', { run: '0' }]]);
  });

  it('stop where the window does not confirm them, and go on as it does', async () => {
    pair.send('microbatch:listening');
    await turn();
    removeRuns(100);
    expect(sent).toHaveLength(64);
    await confirm(10);
    expect(sent).toHaveLength(74);
    await confirm(64);
    expect(sent.map(([, payload]) => payload)).toEqual(Array.from({ length: 100 }, (_, run) => ({ run: String(run) })));
  });

  it('are not let through by confirmations of what was never sent, or of strangers', async () => {
    pair.send('microbatch:listening');
    await confirm(1000);
    removeRuns(100);
    expect(sent).toHaveLength(64);
    pair.page.mainFrame.url = 'https://example.org/';
    await confirm(10);
    expect(sent).toHaveLength(64);
  });

  it('begin anew with a page that was loaded again', async () => {
    pair.send('microbatch:listening');
    await turn();
    removeRuns(100);
    pair.send('microbatch:listening');
    await turn();
    sent.length = 0;
    removeRuns(1);
    expect(sent).toHaveLength(1);
  });

  it('tell a window that was hopelessly behind that it missed some', async () => {
    pair.send('microbatch:listening');
    await turn();
    removeRuns(10_000);
    await confirm(1);
    expect(sent[64]).toEqual([null, null]);
  });
});
