import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryBridge } from '../../../../test/memory-bridge.ts';
import { settled, windowStores } from '../../../../test/window-stores.ts';
import { MicrobatchError } from '../../../contracts/errors.ts';
import type { InstallProgress, RuntimeReport, RuntimesStatus } from '../../../contracts/native-runtime.ts';
import { useToasts } from '../../stores/toasts.ts';
import { useRuntimes } from './runtimes-store.ts';

const id = 'tensorflow-2.18.1-cpu';
const report: RuntimeReport = {
  ...{ id, version: '2.18.1', flavour: 'cpu', bytes: 900 },
  ...{ usable: true, reason: null, remedy: null },
};
const progress: InstallProgress = {
  ...{ stage: 'fetching', what: 'fetching tensorflow-cpu 2.18.1 with pip' },
  ...{ bytes: { done: 50, total: 200 }, secondsLeft: 12, line: 'Collecting tensorflow-cpu' },
};
const empty: RuntimesStatus = {
  offers: [{ flavour: 'cpu', version: '2.18.1', bytes: 200 }],
  ...{ refusal: null, installed: [], restorable: [], installation: null, failure: null },
};
const installed: RuntimesStatus['installed'][number] = {
  ...{ id, bytes: 900, folder: '/home/user/runtimes/cpu', problem: null },
  manifest: {
    ...{ format: 1, id, version: '2.18.1', flavour: 'cpu', platform: 'linux-x64' },
    ...{ installed: '2026-11-25T12:00:00.000Z', addon: 'built', wheels: [] },
  },
};

let status: RuntimesStatus;
let bridge: MemoryBridge;
let runtimes: ReturnType<typeof useRuntimes>;
let toasts: ReturnType<typeof useToasts>;

/** Opens the stores of a window whose host answers with `status`, and the calls that are given. */
async function open(handlers: Partial<MemoryBridge['handlers']> = {}): Promise<void> {
  bridge = new MemoryBridge({
    'runtimes.status': () => Promise.resolve(status),
    'runtimes.probe': () => Promise.resolve(report),
    ...handlers,
  });
  const pinia = windowStores(bridge);
  runtimes = useRuntimes(pinia);
  toasts = useToasts(pinia);
  await runtimes.load();
}

beforeEach(() => {
  status = empty;
});

describe('native runtimes in a window', () => {
  it('are tried out once each, and again when asked', async () => {
    status = { ...empty, installed: [installed] };
    await open();
    expect(runtimes.reports.get(id)).toEqual(report);
    bridge.emit('runtimes.changed', { installing: false });
    await settled();
    expect(bridge.calls.filter((name) => name === 'runtimes.probe')).toHaveLength(1);
    runtimes.retry();
    await settled();
    expect(bridge.calls.filter((name) => name === 'runtimes.probe')).toHaveLength(2);
  });

  it('are not tried out over a link for reading, which is no failure', async () => {
    status = { ...empty, installed: [installed] };
    const refusal = new MicrobatchError({ code: 'request/read-only', message: 'this link is for reading' });
    await open({ 'runtimes.probe': () => Promise.reject(refusal) });
    expect([runtimes.reports.get(id), runtimes.failure]).toEqual([null, null]);
  });

  it('follow an installation that another window began, and tell when the executors are to be tried again', async () => {
    await open();
    bridge.emit('runtimes.changed', { installing: true });
    bridge.emit('runtime.progress', progress);
    expect([runtimes.installation, runtimes.changes]).toEqual([progress, 0]);
    status = { ...empty, installed: [installed] };
    bridge.emit('runtimes.changed', { installing: false });
    await settled();
    expect([runtimes.installation, runtimes.changes]).toEqual([null, 1]);
    expect(runtimes.reports.get(id)).toEqual(report);
  });

  it('say why an installation failed, and nothing where it was cancelled', async () => {
    const refusals = [
      new MicrobatchError({ code: 'runtime/no-pip', message: 'python3 has no pip', remedy: 'install one' }),
      new MicrobatchError({ code: 'runtime/cancelled', message: 'given up' }),
    ];
    await open({ 'runtimes.install': () => Promise.reject(refusals.shift() ?? new Error('asked too often')) });
    await runtimes.install({ from: 'pip', flavour: 'cpu' });
    expect(runtimes.failure).toEqual({ text: 'Python3 has no pip', detail: 'Install one.' });
    await runtimes.install({ from: 'pip', flavour: 'cpu' });
    expect(runtimes.failure).toBeNull();
    expect(toasts.items).toEqual([]);
  });

  it('still say it to a window that came later', async () => {
    status = { ...empty, failure: { code: 'runtime/no-compiler', message: 'c++ cannot be run' } };
    await open();
    expect(runtimes.failure?.text).toBe('C++ cannot be run');
  });

  it('come back where their removal is undone', async () => {
    const restored: string[] = [];
    await open({
      'runtimes.remove': () => Promise.resolve(null),
      'runtimes.restore': ({ runtime }) => {
        restored.push(runtime);
        return Promise.resolve(null);
      },
    });
    await runtimes.remove(id);
    await toasts.items[0]?.undo?.();
    expect(restored).toEqual([id]);
  });

  it('are read again when the connection is back', async () => {
    await open();
    status = { ...empty, installation: progress };
    bridge.connection('connected');
    await settled();
    expect(runtimes.installation).toEqual(progress);
  });
});
