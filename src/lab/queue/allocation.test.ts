import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allocate, environmentOf } from './allocation.ts';
import type { Machine, Share } from './allocation.ts';
import { graphicsCards, SharedMachine } from './graphics-cards.ts';

const processor = (threads: number): Share => ({ threads, graphicsCard: null });
const onCard = (graphicsCard: string): Share => ({ threads: 1, graphicsCard });

describe('runs on the processor', () => {
  const machine: Machine = { cores: 4, graphicsCards: [] };

  it('stand side by side while their threads add up to the cores', () => {
    expect(allocate({ threads: 2, executor: 'auto' }, [processor(1), processor(1)], machine)).toEqual(processor(2));
    expect(allocate({ threads: 2, executor: 'auto' }, [processor(1), processor(2)], machine)).toBeNull();
  });

  it('that want more threads than there are cores get their turn alone', () => {
    expect(allocate({ threads: 9, executor: 'onnx' }, [], machine)).toEqual(processor(9));
    expect(allocate({ threads: 9, executor: 'onnx' }, [processor(1)], machine)).toBeNull();
  });

  it('see what their host sees', () => {
    expect(environmentOf(processor(1))).toEqual({});
  });
});

describe('runs on graphics cards', () => {
  const machine: Machine = { cores: 16, graphicsCards: ['0', '1'] };

  it('get one each, and wait where all are taken', () => {
    expect(allocate({ threads: 1, executor: 'auto' }, [], machine)).toEqual(onCard('0'));
    expect(allocate({ threads: 1, executor: 'auto' }, [onCard('0')], machine)).toEqual(onCard('1'));
    expect(allocate({ threads: 1, executor: 'auto' }, [onCard('0'), onCard('1')], machine)).toBeNull();
  });

  it('leave those on the processor alone', () => {
    expect(allocate({ threads: 4, executor: 'onnx' }, [onCard('0'), onCard('1')], machine)).toEqual(processor(4));
  });

  it('see their own card only', () => {
    expect(environmentOf(onCard('1'))).toEqual({ CUDA_VISIBLE_DEVICES: '1' });
  });
});

describe('the graphics cards of a machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'microbatch-cards-'));
    for (const card of ['0000:01:00.0', '0000:02:00.0']) mkdirSync(join(folder, 'driver', card), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const cards = (visible?: string): string[] =>
    graphicsCards({ runtimes: join(folder, 'runtimes'), visible, driver: join(folder, 'driver') });
  function install(flavour: 'cpu' | 'cuda'): void {
    mkdirSync(join(folder, 'runtimes', flavour), { recursive: true });
    const manifest = {
      ...{ format: 1, id: flavour, version: '2.16.1', flavour, platform: 'linux-x64', addon: 'built', wheels: [] },
      installed: '2026-01-01T00:00:00Z',
    };
    writeFileSync(join(folder, 'runtimes', flavour, 'runtime.json'), JSON.stringify(manifest));
  }

  it('are none without a runtime that uses them', () => {
    expect(cards()).toEqual([]);
    install('cpu');
    expect(cards()).toEqual([]);
  });

  it('are there for runs as soon as one was installed and the machine is looked at again', () => {
    const sources = { runtimes: join(folder, 'runtimes'), visible: undefined, driver: join(folder, 'driver') };
    const machine = new SharedMachine(4, sources);
    install('cuda');
    expect(machine.graphicsCards).toEqual([]);
    machine.lookAgain();
    expect(allocate({ threads: 1, executor: 'auto' }, [], machine)).toEqual(onCard('0'));
  });

  it('are those of the driver, less what the environment leaves out', () => {
    install('cuda');
    expect(cards()).toEqual(['0', '1']);
    expect(cards('3, GPU-8f2c')).toEqual(['3', 'GPU-8f2c']);
    expect(cards('')).toEqual([]);
  });
});
