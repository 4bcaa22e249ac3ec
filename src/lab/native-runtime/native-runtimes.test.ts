import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { NativeRuntimes } from './native-runtimes.ts';
import { pinnedWheels } from './pinned-wheels.ts';
import type { Follow } from './progress.ts';
import { RuntimeFixture } from './runtime-fixture.ts';

const cpuId = 'tensorflow-2.18.1-cpu';

let fixture: RuntimeFixture;
let folder = '';
let wheels = '';
let pins: RuntimeFixture['pins'];

beforeEach(() => {
  fixture = new RuntimeFixture();
  ({ folder, wheels, pins } = fixture);
});

afterEach(() => {
  vi.unstubAllEnvs();
  fixture.dispose();
});

const runtimes = (): NativeRuntimes => fixture.open();

const silent: Follow = { report: () => undefined };

/** Everything below the folder of runtimes, as relative paths. */
function filesBelow(path: string): string[] {
  const entries = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return entries.filter((name) => !statSync(join(path, name)).isDirectory()).toSorted();
}

describe('installing a runtime from a file', () => {
  it('keeps the libraries and the addon, in the layout that they find each other in', async () => {
    const path = join(wheels, pins.cpu[0].file);
    const report = await runtimes().install({ source: { kind: 'path', path } }, silent);
    expect(report).toMatchObject({ id: cpuId, version: '2.18.1', flavour: 'cpu', usable: true, reason: null });
    expect(filesBelow(join(folder, 'runtimes', cpuId))).toEqual([
      'deps/lib/libtensorflow_cc.so.2',
      'deps/lib/libtensorflow_framework.so.2',
      'lib/napi-v8/tfjs_binding.node',
      'runtime.json',
    ]);
    expect(fixture.visible()).toEqual([cpuId]);
    expect(await runtimes().list()).toEqual([report]);
  });

  it('says what it is doing, in order', async () => {
    const stages: string[] = [];
    const path = join(wheels, pins.cpu[0].file);
    await runtimes().install(
      { source: { kind: 'path', path } },
      {
        report: ({ what, bytes }) => {
          expect(bytes === null || (bytes.done >= 0 && bytes.done <= bytes.total)).toBe(true);
          if (stages.at(-1) !== what) stages.push(what);
        },
      },
    );
    const { file } = pins.cpu[0];
    expect(stages).toEqual([`checking ${file}`, `unpacking ${file}`, 'trying it out']);
  });

  it('refuses a wheel that is not the pinned one, byte for byte', async () => {
    const path = join(wheels, pins.cpu[0].file);
    const content = readFileSync(path);
    content[40] = (content[40] ?? 0) ^ 1;
    writeFileSync(path, content);
    const attempt = runtimes().install({ source: { kind: 'path', path } }, silent);
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/wrong-wheel' });
    expect(fixture.leftovers()).toEqual([]);
  });

  it('names the wheels that it knows where it is given another file', async () => {
    const attempt = runtimes().install({ source: { kind: 'path', path: join(wheels, 'numpy.whl') } }, silent);
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/unknown-wheel' });
  });

  it('leaves nothing of a runtime that does not load', async () => {
    fixture.probe = () =>
      Promise.reject(new MicrobatchError({ code: 'probe/died', message: 'the probe ended with SIGSEGV' }));
    const path = join(wheels, pins.cpu[0].file);
    const attempt = runtimes().install({ source: { kind: 'path', path } }, silent);
    await expect(attempt).rejects.toMatchObject({ code: 'probe/died' });
    expect(fixture.leftovers()).toEqual([]);
  });

  it('does not install a second time over the first', async () => {
    const source = { kind: 'path', path: join(wheels, pins.cpu[0].file) } as const;
    await runtimes().install({ source }, silent);
    await expect(runtimes().install({ source }, silent)).rejects.toMatchObject({ code: 'runtime/exists' });
    await runtimes().remove(cpuId);
    expect(await runtimes().list()).toEqual([]);
    await expect(runtimes().install({ source }, silent)).resolves.toMatchObject({ id: cpuId });
  });

  it('brings a removed one back, for a week, and never over another', async () => {
    const source = { kind: 'path', path: join(wheels, pins.cpu[0].file) } as const;
    const installed = await runtimes().install({ source }, silent);
    await expect(runtimes().restore(cpuId)).rejects.toMatchObject({ code: 'runtime/unknown' });
    await runtimes().remove(cpuId);
    expect(await runtimes().restorable()).toEqual([cpuId]);
    await runtimes().restore(cpuId);
    expect(await runtimes().list()).toEqual([installed]);
    expect(await runtimes().restorable()).toEqual([]);

    await runtimes().remove(cpuId);
    await runtimes().install({ source }, silent);
    await expect(runtimes().restore(cpuId)).rejects.toMatchObject({ code: 'runtime/exists' });
    await expect(runtimes().remove('../wheels')).rejects.toMatchObject({ code: 'runtime/unknown' });
  });

  it('says of one whose manifest is damaged what is wrong and what to do, and removes it', async () => {
    await runtimes().install({ source: { kind: 'path', path: join(wheels, pins.cpu[0].file) } }, silent);
    writeFileSync(join(folder, 'runtimes', cpuId, 'runtime.json'), '{"format": 1');
    expect(await runtimes().installed()).toMatchObject([
      { id: cpuId, manifest: null, problem: { code: 'runtime/bad-manifest' } },
    ]);
    expect(await runtimes().list()).toMatchObject([
      { id: cpuId, flavour: 'cpu', usable: false, remedy: 'remove the runtime and install it again' },
    ]);
    await runtimes().remove(cpuId);
    expect(await runtimes().installed()).toEqual([]);
  });

  it('clears away what an installation that was killed has left', async () => {
    const deadProcess = spawnSync('true').pid;
    const left = join(folder, 'runtimes', `.staging-${String(deadProcess)}`);
    mkdirSync(left, { recursive: true });
    expect(await runtimes().list()).toEqual([]);
    await runtimes().install({ source: { kind: 'path', path: join(wheels, pins.cpu[0].file) } }, silent);
    expect(existsSync(left)).toBe(false);
  });

  it('names a compiler that is not there', async () => {
    rmSync(join(wheels, 'tfjs_binding.node'));
    vi.stubEnv('CXX', 'no-such-compiler');
    const attempt = runtimes().install({ source: { kind: 'path', path: join(wheels, pins.cpu[0].file) } }, silent);
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/no-compiler' });
  });
});

describe('installing the CUDA flavour from a folder', () => {
  const request = () => ({ source: { kind: 'path', path: wheels }, flavour: 'cuda' }) as const;

  it('puts the libraries of NVIDIA beside, with the names and bits that they need', async () => {
    await runtimes().install(request(), silent);
    const runtime = join(folder, 'runtimes', 'tensorflow-2.18.1-cuda');
    expect(existsSync(join(runtime, 'nvidia/cuda_nvcc/include'))).toBe(false);
    expect(statSync(join(runtime, 'nvidia/cuda_nvcc/bin/ptxas')).mode & 0o111).not.toBe(0);
    expect(readlinkSync(join(runtime, 'nvidia/nvrtc'))).toBe('cuda_nvrtc');
    expect(existsSync(join(runtime, 'nvidia/nvrtc/lib/libnvrtc.so.12'))).toBe(true);
  });

  it('says loudly that no graphics card is used, and what TensorFlow said about it', async () => {
    const words = 'Cannot dlopen some GPU libraries';
    fixture.probe = () => Promise.resolve({ version: '2.18.1', graphicsCard: false, words });
    const report = await runtimes().install(request(), silent);
    expect(report.usable).toBe(true);
    expect(report.reason).toContain('Cannot dlopen');
  });

  it('names a wheel that the folder lacks', async () => {
    rmSync(join(wheels, pins.cuda[2]?.file ?? ''));
    const attempt = runtimes().install(request(), silent);
    await expect(attempt).rejects.toThrow(/nvrtc.* is missing/);
  });
});

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
/** From 3.11 on. */
const hasSafePath = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']).status === 0;
if (!hasPip) console.warn('SKIPPED: installing with pip, since python3 has no pip here.');

describe.skipIf(!hasPip)('installing with pip', () => {
  // pip's own settings decide where wheels come from: here a folder instead of an index.
  beforeEach(() => {
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', wheels);
    // The addon cannot be compiled against these headers, so the wheels are all that is tried.
    vi.stubEnv('CXX', 'no-such-compiler');
  });
  const request = { source: { kind: 'pip' } } as const;

  it('fetches the pinned wheel where pip is told to look, and keeps it for the next try', async () => {
    const attempt = runtimes().install(request, silent);
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/no-compiler' });
    expect(readdirSync(join(folder, 'runtimes', '.downloads'))).toEqual([pins.cpu[0].file]);

    rmSync(join(wheels, pins.cpu[0].file));
    const stages: string[] = [];
    await expect(runtimes().install(request, { report: ({ what }) => stages.push(what) })).rejects.toMatchObject({
      code: 'runtime/no-compiler',
    });
    expect(stages[0]).toBe(`checking ${pins.cpu[0].file}, which was fetched before`);
  });

  it('fetches again what an earlier try left half', async () => {
    const downloads = join(folder, 'runtimes', '.downloads');
    mkdirSync(downloads, { recursive: true });
    writeFileSync(join(downloads, pins.cpu[0].file), 'half');
    await expect(runtimes().install(request, silent)).rejects.toMatchObject({ code: 'runtime/no-compiler' });
    expect(statSync(join(downloads, pins.cpu[0].file)).size).toBe(pins.cpu[0].bytes);
  });

  it("gives pip's own reason where it finds nothing", async () => {
    rmSync(join(wheels, pins.cpu[0].file));
    await expect(runtimes().install(request, silent)).rejects.toThrow(/could not fetch.*tensorflow-cpu==2.18.1/);
  });

  it.skipIf(!hasSafePath)('runs nothing that lies in the working folder', async () => {
    const before = process.cwd();
    writeFileSync(join(folder, 'pip.py'), `open(${JSON.stringify(join(folder, 'ran'))}, 'w')\n`);
    process.chdir(folder);
    try {
      await expect(runtimes().install(request, silent)).rejects.toMatchObject({ code: 'runtime/no-compiler' });
    } finally {
      process.chdir(before);
    }
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it('says that pip is missing', async () => {
    const attempt = runtimes().install({ source: { kind: 'pip', python: 'no-such-python' } }, silent);
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/no-pip' });
  });
});

describe('the pinned wheels', () => {
  it('are one for the processor, and TensorFlow with twelve libraries of NVIDIA for graphics cards', () => {
    const all = [...pinnedWheels('linux-x64', 'cpu'), ...pinnedWheels('linux-x64', 'cuda')];
    expect(all).toHaveLength(14);
    expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(14);
    for (const { sha256 } of all) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are said to be missing for other systems', () => {
    expect(() => pinnedWheels('win32-x64', 'cpu')).toThrow(
      expect.objectContaining({ code: 'runtime/unknown-platform' }),
    );
  });
});
