import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MachineSampler, parseCoreTimes } from './machine-sampler.ts';

let sampler = new MachineSampler(tmpdir(), 1);
afterEach(() => sampler.hold());

/** What is found once two looks are done, after `step` steps. */
async function found(step: number): Promise<Readonly<Record<string, number>>> {
  let values: Readonly<Record<string, number>> = {};
  await vi.waitFor(() => {
    values = sampler.take(step);
    expect(values).not.toEqual({});
  }, 30_000);
  return values;
}

describe('looks at the machine', () => {
  it('tell shares of the cores, memory and room on the disk, and the speed since the look before', async () => {
    sampler = new MachineSampler(tmpdir(), 1);
    sampler.go(100);
    const values = await found(150);
    expect(values['system/cpu_process']).toBeGreaterThanOrEqual(0);
    expect(values['system/memory_process']).toBeCloseTo(process.memoryUsage.rss() / 1e9, 0);
    expect(values['system/memory_free']).toBeGreaterThan(0);
    expect(values['system/disk_free']).toBeGreaterThan(0);
    expect(values['system/steps_per_second']).toBeGreaterThan(0);
    expect(Object.keys(values).filter((name) => name.startsWith('system/gpu'))).toEqual([]);
  });

  it('wait for a step: one that takes long is not recorded over and over', async () => {
    sampler = new MachineSampler(tmpdir(), 1);
    sampler.go(0);
    await found(1);
    await new Promise((resume) => setTimeout(resume, 20));
    expect(sampler.take(1)).toEqual({});
    expect(await found(2)).toHaveProperty('system/cpu_process');
  });

  it('forget, over a pause, what was found before it', async () => {
    sampler = new MachineSampler(tmpdir(), 1);
    sampler.go(0);
    await found(1);
    sampler.hold();
    await new Promise((resume) => setTimeout(resume, 20));
    expect(sampler.take(2)).toEqual({});
    sampler.go(2);
    expect(await found(3)).toHaveProperty('system/cpu_process');
  });

  it('leave out the disk of a folder that is gone, and go on', async () => {
    sampler = new MachineSampler('/nonexistent/run', 1);
    sampler.go(0);
    const values = await found(1);
    expect(values).not.toHaveProperty('system/disk_free');
    expect(values).toHaveProperty('system/memory_free');
  });
});

it('the times of the cores are read from the file of Linux: waiting for disks is idle, work of other guests is busy', () => {
  const text =
    'cpu  100 10 50 800 20 5 5 10 3 0\ncpu0 50 5 25 400 10 2 3 5 1 0\ncpu1 50 5 25 400 10 3 2 5 2 0\nintr 1 2\n';
  expect(parseCoreTimes(text)).toEqual({ count: 2, busy: 180, all: 1000 });
});
