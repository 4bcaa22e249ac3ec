import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiEvents } from '../../contracts/api.ts';
import type { ApiEmit } from '../../contracts/api.ts';
import { runtimesStatus } from '../../contracts/native-runtime.ts';
import { RuntimeFixture } from './runtime-fixture.ts';
import { RuntimeService } from './runtime-service.ts';

const id = 'tensorflow-2.18.1-cpu';

let fixture: RuntimeFixture;
let service: RuntimeService;
let events: { readonly name: string; readonly event: unknown }[];
/** Lets the probe of an installation go on. */
let goOn: () => void;

beforeEach(() => {
  fixture = new RuntimeFixture();
  events = [];
  const emit: ApiEmit = (name, event) => {
    events.push({ name, event: apiEvents[name].parse(event) });
  };
  service = new RuntimeService(fixture.open(), emit);
});
afterEach(() => fixture.dispose());

const install = () => service.install({ from: 'file', path: fixture.cpuWheel });

/** Begins an installation and comes back when it waits in its last stage; `done` is its end. */
async function beginInstalling() {
  fixture.probe = (_folder, signal) =>
    new Promise((resolve, reject) => {
      goOn = () => resolve({ version: '2.18.1', graphicsCard: false, words: '' });
      signal?.addEventListener('abort', () => reject(new Error('killed')));
    });
  const done = install();
  done.catch(() => undefined);
  await expect.poll(async () => (await service.status()).installation?.stage).toBe('trying');
  return { done };
}

describe('native runtimes as windows have them', () => {
  it('are told of with what their manifests say, and nothing is tried out for that', async () => {
    const bytes = fixture.pins.cpu[0].bytes;
    const { offers, ...nothing } = await service.status();
    expect(offers).toMatchObject([{ flavour: 'cpu', version: '2.18.1', bytes }, { flavour: 'cuda' }]);
    expect(nothing).toEqual({
      ...{ refusal: null, installed: [], restorable: [], installation: null, failure: null },
    });
    await install();
    fixture.probe = () => Promise.reject(new Error('nobody asked'));
    const status = runtimesStatus.parse(await service.status());
    expect(status.installed).toMatchObject([{ id, problem: null, manifest: { flavour: 'cpu', addon: 'prebuilt' } }]);
    expect(status.installed[0]?.bytes).toBeGreaterThan(0);
    expect(await service.probe(id)).toMatchObject({ id, usable: false, reason: 'nobody asked' });
  });

  it('tell every window of an installation: when it begins, what it does, when it is over', async () => {
    await install();
    const told = events.map(({ name, event }) =>
      name === 'runtime.progress' ? (event as { stage: string }).stage : event,
    );
    expect([told[0], told.at(-1)]).toEqual([{ installing: true }, { installing: false }]);
    expect([...new Set(told.slice(1, -1))]).toEqual(['checking', 'unpacking', 'trying']);
  });

  it('take one installation at a time', async () => {
    const { done } = await beginInstalling();
    await expect(install()).rejects.toMatchObject({ code: 'runtime/busy' });
    goOn();
    await expect(done).resolves.toMatchObject({ id, usable: true });
  });

  it('are as before once an installation was cancelled, and that is no failure', async () => {
    const { done } = await beginInstalling();
    await service.cancel();
    expect(fixture.leftovers()).toEqual([]);
    expect(await service.status()).toMatchObject({ installed: [], installation: null, failure: null });
    await expect(done).rejects.toMatchObject({ code: 'runtime/cancelled' });
    await service.cancel();
  });

  it('tell windows that come later why the last installation failed, until one succeeds', async () => {
    fixture.probe = () => Promise.reject(new Error('Illegal instruction'));
    await expect(install()).rejects.toThrow('Illegal instruction');
    expect((await service.status()).failure).toMatchObject({ message: 'Illegal instruction' });
    fixture.probe = () => Promise.resolve({ version: '2.18.1', graphicsCard: false, words: '' });
    await install();
    expect((await service.status()).failure).toBeNull();
  });

  it('go to the trash and come back, and every window learns it', async () => {
    await install();
    events.length = 0;
    await service.remove(id);
    expect(await service.status()).toMatchObject({ installed: [], restorable: [id] });
    await service.restore(id);
    expect(await service.status()).toMatchObject({ installed: [{ id }], restorable: [] });
    expect(events.map(({ name }) => name)).toEqual(['runtimes.changed', 'runtimes.changed']);
  });
});
