import { afterEach, expect, it, vi } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { fakeGraphicsCard } from '../../test/fake-graphics-card.ts';
import { devicesDocument } from '../contracts/command-documents.ts';

const commands = new CommandLine();
afterEach(async () => {
  vi.unstubAllEnvs();
  await commands.dispose();
});

it('devices tells the memory of each graphics card, as nvidia-smi has it, and what of it is free', async () => {
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
  vi.stubEnv('PATH', fakeGraphicsCard(commands.folder));
  const { stdout } = await commands.run('devices', '--json');
  expect(devicesDocument.parse(JSON.parse(stdout)).graphicsCards).toEqual([
    { name: 'NVIDIA H100 80GB HBM3', driver: '570.86.15', memoryBytes: 80 * 2 ** 30, freeBytes: 60 * 2 ** 30 },
  ]);
  expect((await commands.run('devices')).stdout).toContain('NVIDIA H100 80GB HBM3: 64.4 GB free of 85.9 GB');
});
