import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { extractAll, listPackage } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Application, ownPage } from './application.ts';
import { startRun, statusOf, tinySpec } from './runs.ts';
import { fusesOf, makeStandIn } from './stand-in.ts';

const root = resolve(import.meta.dirname, '../..');
const electronVersion = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8'))).version;

/** The application as electron-builder packs it, around a stand-in for Electron's binary. */
describe.skipIf(process.platform !== 'linux')('the packed application', () => {
  let folder: string;
  let resources: string;
  let packed: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'microbatch-packed-'));
    makeStandIn(join(folder, 'electron'), electronVersion);
    const builder = join(root, 'node_modules/electron-builder/cli.js');
    const settings = [`-c.electronDist=${join(folder, 'electron')}`, `-c.directories.output=${join(folder, 'dist')}`];
    execFileSync(process.execPath, [builder, '--linux', 'dir', '--x64', ...settings], { cwd: root, stdio: 'pipe' });
    resources = join(folder, 'dist/linux-unpacked/resources');
    // Plain Node reads no archives: the archive becomes a folder of its name beside what was unpacked.
    packed = join(folder, 'installed/app.asar');
    extractAll(join(resources, 'app.asar'), packed);
    cpSync(join(resources, 'app.asar.unpacked'), `${packed}.unpacked`, { recursive: true });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what it needs and nothing else, in bounds', () => {
    expect(readdirSync(packed).sort()).toEqual(['LICENSE', 'node_modules', 'out', 'package.json', 'resources']);
    expect(statSync(join(resources, 'app.asar')).size).toBeLessThan(40_000_000);
    const files = listPackage(join(resources, 'app.asar'), { isPack: false });
    expect(files.filter((file) => /\.(map|d\.ts)$/.test(file))).toEqual([]);
    expect(files.filter((file) => /\/node_modules\/(vue|chart\.js|electron|vite)$/.test(file))).toEqual([]);
  });

  it('keeps native addons and data outside the archive, for this machine alone', () => {
    const unpacked = join(resources, 'app.asar.unpacked');
    const addons = join(unpacked, 'node_modules/onnxruntime-node/bin/napi-v6');
    expect(readdirSync(addons)).toEqual(['linux']);
    expect(readdirSync(join(addons, 'linux'))).toEqual(['x64']);
    expect(existsSync(join(unpacked, 'resources/datasets/fashion-mnist-small/LICENSE'))).toBe(true);
    expect(existsSync(join(unpacked, 'node_modules/@tensorflow/tfjs-node-gpu/binding'))).toBe(true);
  });

  it('has its fuses set', () => {
    expect(fusesOf(join(folder, 'dist/linux-unpacked/microbatch'))).toEqual({
      runAsNode: false,
      cookieEncryption: true,
      nodeOptions: false,
      nodeCliInspect: false,
      embeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
      wasmTrapHandlers: true,
    });
  });

  it('starts, finds the executors that the unpacked one finds, and trains on them', async () => {
    const here = new Application();
    await here.shown();
    const { executors: expected } = await here.call('devices.probe', null);
    await here.dispose();

    rmSync(join(packed, 'resources'), { recursive: true });
    const application = new Application({ main: join(packed, 'out/main/index.js') });
    await application.shown();
    const page = { do: 'request', scheme: 'app', url: ownPage, method: 'GET' } as const;
    expect(await application.tell(page)).toMatchObject({ status: 200 });
    const { executors } = await application.call('devices.probe', null);
    const usable = executors.filter((executor) => executor.usable);
    expect(usable.map(({ name }) => name)).toEqual(expected.filter((one) => one.usable).map(({ name }) => name));
    for (const executor of ['onnx', 'tfjs-cpu'] as const) {
      const run = await startRun(application, { ...tinySpec, executor });
      await application.until(async () => !['queued', 'running'].includes(await statusOf(application, run)));
      expect(await application.call('runs.get', { run })).toMatchObject({ status: 'done', error: null });
    }
    await application.dispose();
  });
});
