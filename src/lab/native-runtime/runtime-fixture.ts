import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RuntimeFlavour } from '../../contracts/native-runtime.ts';
import type { RuntimeProbe } from '../../contracts/probe-protocol.ts';
import { NativeRuntimes } from './native-runtimes.ts';
import type { PinnedWheel } from './pinned-wheels.ts';
import { writeWheel } from './wheel-fixture.ts';

/** Test data: a folder with small wheels of both flavours, a prebuilt addon, and runtimes that are installed from them. */
export class RuntimeFixture {
  readonly folder = mkdtempSync(join(tmpdir(), 'microbatch-runtimes-'));
  readonly wheels = join(this.folder, 'wheels');
  readonly runtimes = join(this.folder, 'runtimes');
  readonly pins: Record<RuntimeFlavour, [PinnedWheel, ...PinnedWheel[]]>;
  /** What the probe process would find. */
  probe: (folder: string, signal?: AbortSignal) => Promise<RuntimeProbe> = () =>
    Promise.resolve({ version: '2.18.1', graphicsCard: false, words: '' });

  constructor() {
    mkdirSync(this.wheels);
    const tags = 'cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64';
    const nvidiaTags = 'py3-none-manylinux2014_x86_64';
    const library = [
      { name: 'tensorflow/libtensorflow_cc.so.2', content: 'kernels' },
      { name: 'tensorflow/libtensorflow_framework.so.2', content: 'framework' },
      { name: 'tensorflow/python/ops.py', content: 'not needed' },
      { name: 'tensorflow/include/tensorflow/c/c_api.h', content: 'header' },
    ];
    this.pins = {
      cpu: [writeWheel(this.wheels, { project: 'tensorflow-cpu', version: '2.18.1', tags }, library)],
      cuda: [
        writeWheel(this.wheels, { project: 'tensorflow', version: '2.18.1', tags }, library),
        writeWheel(this.wheels, { project: 'nvidia-cuda-nvcc-cu12', version: '12.5.82', tags: nvidiaTags }, [
          { name: 'nvidia/cuda_nvcc/bin/ptxas', content: 'compiler', executable: true },
          { name: 'nvidia/cuda_nvcc/include/crt/host.h', content: 'not needed' },
        ]),
        writeWheel(this.wheels, { project: 'nvidia-cuda-nvrtc-cu12', version: '12.5.82', tags: nvidiaTags }, [
          { name: 'nvidia/cuda_nvrtc/lib/libnvrtc.so.12', content: 'compiler' },
        ]),
      ],
    };
    writeFileSync(this.addon, 'addon');
  }

  get addon(): string {
    return join(this.wheels, 'tfjs_binding.node');
  }

  get cpuWheel(): string {
    return join(this.wheels, this.pins.cpu[0].file);
  }

  open(): NativeRuntimes {
    return new NativeRuntimes({
      folder: this.runtimes,
      probe: (folder, signal) => this.probe(folder, signal),
      wheelsOf: (flavour) => this.pins[flavour],
    });
  }

  /** Installed runtimes, by their folders. */
  visible(): string[] {
    return readdirSync(this.runtimes).filter((name) => !name.startsWith('.'));
  }

  /** What lies in the folder of runtimes, but for the file that is the lock. */
  leftovers(): string[] {
    return readdirSync(this.runtimes).filter((name) => name !== '.install.sqlite');
  }

  /** An executable script of the shell; its path. */
  script(name: string, ...lines: string[]): string {
    const path = join(this.folder, name);
    writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
    chmodSync(path, 0o755);
    return path;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
