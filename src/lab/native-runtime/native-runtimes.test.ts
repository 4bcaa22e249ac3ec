import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { RuntimeFlavour } from '../../contracts/native-runtime.ts';
import { NativeRuntimes } from './native-runtimes.ts';
import { pinnedWheels } from './pinned-wheels.ts';
import type { PinnedWheel } from './pinned-wheels.ts';
import { writeWheel } from './wheel-fixture.ts';

const tags = 'cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64';
const nvidiaTags = 'py3-none-manylinux2014_x86_64';
const cpuId = 'tensorflow-2.18.1-cpu';

let folder = '';
let wheels = '';
let pins: Record<RuntimeFlavour, [PinnedWheel, ...PinnedWheel[]]>;
/** What the probe process would find. */
let probed: () => { version: string; graphicsCard: boolean; words: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-runtimes-'));
  wheels = join(folder, 'wheels');
  mkdirSync(wheels);
  probed = () => ({ version: '2.18.1', graphicsCard: false, words: '' });
  const library = [
    { name: 'tensorflow/libtensorflow_cc.so.2', content: 'kernels' },
    { name: 'tensorflow/libtensorflow_framework.so.2', content: 'framework' },
    { name: 'tensorflow/python/ops.py', content: 'not needed' },
    { name: 'tensorflow/include/tensorflow/c/c_api.h', content: 'header' },
  ];
  pins = {
    cpu: [writeWheel(wheels, { project: 'tensorflow-cpu', version: '2.18.1', tags }, library)],
    cuda: [
      writeWheel(wheels, { project: 'tensorflow', version: '2.18.1', tags }, library),
      writeWheel(wheels, { project: 'nvidia-cuda-nvcc-cu12', version: '12.5.82', tags: nvidiaTags }, [
        { name: 'nvidia/cuda_nvcc/bin/ptxas', content: 'compiler', executable: true },
        { name: 'nvidia/cuda_nvcc/include/crt/host.h', content: 'not needed' },
      ]),
      writeWheel(wheels, { project: 'nvidia-cuda-nvrtc-cu12', version: '12.5.82', tags: nvidiaTags }, [
        { name: 'nvidia/cuda_nvrtc/lib/libnvrtc.so.12', content: 'compiler' },
      ]),
    ],
  };
  writeFileSync(join(wheels, 'tfjs_binding.node'), 'addon');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function runtimes(): NativeRuntimes {
  return new NativeRuntimes({
    folder: join(folder, 'runtimes'),
    probe: () => new Promise((resolve) => resolve(probed())),
    wheelsOf: (flavour) => pins[flavour],
  });
}

const silent = (): void => undefined;

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
    expect(readdirSync(join(folder, 'runtimes'))).toEqual([cpuId]);
    expect(await runtimes().list()).toEqual([report]);
  });

  it('says what it is doing, in order', async () => {
    const stages: string[] = [];
    const path = join(wheels, pins.cpu[0].file);
    await runtimes().install({ source: { kind: 'path', path } }, ({ what, fraction }) => {
      expect(fraction === undefined || (fraction >= 0 && fraction <= 1)).toBe(true);
      if (stages.at(-1) !== what) stages.push(what);
    });
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
    expect(readdirSync(join(folder, 'runtimes'))).toEqual([]);
  });

  it('names the wheels that it knows where it is given another file', async () => {
    const attempt = runtimes().install({ source: { kind: 'path', path: join(wheels, 'numpy.whl') } }, silent);
    await expect(attempt).rejects.toMatchObject({ code: 'runtime/unknown-wheel' });
  });

  it('leaves nothing of a runtime that does not load', async () => {
    probed = () => {
      throw new MicrobatchError({ code: 'probe/died', message: 'the probe ended with SIGSEGV' });
    };
    const path = join(wheels, pins.cpu[0].file);
    const attempt = runtimes().install({ source: { kind: 'path', path } }, silent);
    await expect(attempt).rejects.toMatchObject({ code: 'probe/died' });
    expect(readdirSync(join(folder, 'runtimes'))).toEqual([]);
  });

  it('does not install a second time over the first', async () => {
    const source = { kind: 'path', path: join(wheels, pins.cpu[0].file) } as const;
    await runtimes().install({ source }, silent);
    await expect(runtimes().install({ source }, silent)).rejects.toMatchObject({ code: 'runtime/exists' });
    runtimes().remove(cpuId);
    expect(await runtimes().list()).toEqual([]);
    await expect(runtimes().install({ source }, silent)).resolves.toMatchObject({ id: cpuId });
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
    probed = () => ({ version: '2.18.1', graphicsCard: false, words: 'Cannot dlopen some GPU libraries' });
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
    await expect(runtimes().install(request, ({ what }) => stages.push(what))).rejects.toMatchObject({
      code: 'runtime/no-compiler',
    });
    expect(stages[0]).toBe(`${pins.cpu[0].file} was fetched before`);
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
