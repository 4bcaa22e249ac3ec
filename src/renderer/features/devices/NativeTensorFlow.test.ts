import { createPinia } from 'pinia';
import { createSSRApp } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { describe, expect, it } from 'vitest';
import { MemoryBridge } from '../../../../test/memory-bridge.ts';
import type { DevicesReport } from '../../../contracts/devices.ts';
import type { InstallProgress, RuntimeManifest, RuntimesStatus } from '../../../contracts/native-runtime.ts';
import { provideHost } from '../../stores/bridge.ts';
import NativeTensorFlow from './NativeTensorFlow.vue';
import { useRuntimes } from './runtimes-store.ts';

const id = 'tensorflow-2.18.1-cpu';
const offers: RuntimesStatus['offers'] = [
  { flavour: 'cpu', version: '2.18.1', bytes: 250e6 },
  { flavour: 'cuda', version: '2.18.1', bytes: 3.2e9 },
];
const empty: RuntimesStatus = {
  ...{ offers, refusal: null, installed: [], restorable: [], installation: null, failure: null },
};
const manifest: RuntimeManifest = {
  ...{ format: 1, id, version: '2.18.1', flavour: 'cpu', platform: 'linux-x64' },
  ...{ installed: '2025-11-25T12:00:00.000Z', addon: 'built', wheels: [] },
};
const installed = { id, manifest, bytes: 1.1e9, folder: `/data/runtimes/${id}`, problem: null };
const devices: DevicesReport = { executors: [], memory: { bytes: 1, freeBytes: 1 }, graphicsCards: [] };

/** The words of the card, its controls in brackets, as a window shows it over a host with this status. */
async function shown(status: RuntimesStatus, usable = true): Promise<string> {
  const [reason, remedy] = usable ? [null, null] : ['Illegal instruction', 'remove it and install it again'];
  const probed = { id, version: '2.18.1', flavour: 'cpu', bytes: 1, usable, reason, remedy } as const;
  const bridge = new MemoryBridge({
    'runtimes.status': () => Promise.resolve(status),
    'runtimes.probe': () => Promise.resolve(probed),
  });
  const app = createSSRApp(NativeTensorFlow, { devices });
  const pinia = createPinia();
  provideHost(app, { bridge, reconnection: null });
  app.use(pinia);
  await useRuntimes(pinia).load();
  const html = await renderToString(app);
  return html
    .replaceAll(/<!--.*?-->/g, '')
    .replaceAll(/<button([^>]*)>(.*?)<\/button>/gs, (_all, attributes: string, words: string) => {
      const label = /aria-label="([^"]*)"/.exec(attributes)?.[1] ?? words.replaceAll(/<[^>]*>/g, '').trim();
      return ` [${label}]`;
    })
    .replaceAll(/<div[^>]*role="progressbar"[^>]*aria-valuenow="(\d+)"[^>]*>/g, '(bar at $1)')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

describe('the card of native TensorFlow', () => {
  it('offers what there is where nothing is installed, with what is fetched and from where', async () => {
    const words = await shown(empty);
    expect(words).toContain('[Processor] [NVIDIA graphics card]');
    expect(words).toContain('[Install with pip, 250 MB] [From a file…]');
    expect(words).toContain('TensorFlow 2.18.1, from where pip is set to look');
  });

  it('shows how far an installation is in place of the offer, and how to give it up', async () => {
    const installation: InstallProgress = {
      ...{ stage: 'fetching', what: 'fetching tensorflow-cpu 2.18.1 with pip', line: 'Collecting tensorflow-cpu' },
      ...{ bytes: { done: 100e6, total: 250e6 }, secondsLeft: 45 },
    };
    const words = await shown({ ...empty, installation });
    expect(words).toContain('Fetching tensorflow-cpu 2.18.1 with pip 40 % of 250 MB, about 45 s left [Cancel]');
    expect(words).toContain('(bar at 40)');
    expect(words).toContain('Collecting tensorflow-cpu');
    expect(words).not.toContain('Install with pip');
  });

  it('tells of an installed one where it lies and that it works, and offers the other', async () => {
    const words = await shown({ ...empty, installed: [installed] });
    expect(words).toMatch(/2\.18\.1 Processor .*Usable 25 Nov 2025 1\.1 GB \/data\/runtimes\/tensorflow-2\.18\.1-cpu/);
    expect(words).toContain('[Remove TensorFlow 2.18.1, Processor]');
    expect(words).toContain('[Install with pip, 3.2 GB]');
  });

  it('tells of a broken one what is wrong and what to do', async () => {
    const words = await shown({ ...empty, installed: [installed] }, false);
    expect(words).toMatch(/Broken .*Illegal instruction To mend it: remove it and install it again/);
  });

  it('tells of a damaged manifest', async () => {
    const problem = {
      code: 'runtime/bad-manifest',
      message: 'runtime.json is not valid',
      remedy: 'remove the runtime',
    };
    const words = await shown({ ...empty, installed: [{ ...installed, manifest: null, problem }] });
    expect(words).toMatch(/Broken .*Runtime\.json is not valid To mend it: remove the runtime/);
  });

  it('says why an installation failed, at its place, and lets it be tried again', async () => {
    const words = await shown({
      ...empty,
      failure: { code: 'runtime/no-pip', message: 'pip is missing', remedy: 'get it' },
    });
    expect(words).toMatch(/Pip is missing Get it\. .*\[Install with pip/);
  });

  it('brings removed ones back', async () => {
    expect(await shown({ ...empty, restorable: [id] })).toContain(`[Restore ${id}]`);
  });

  it('offers nothing where this window may change nothing, and says why', async () => {
    const refusal = {
      code: 'runtime/other-machine',
      message: 'other machines install nothing',
      remedy: 'use the verb',
    };
    const words = await shown({ ...empty, installed: [installed], refusal });
    expect(words).toContain('Other machines install nothing. Use the verb.');
    expect(words).not.toContain('[');
  });
});
