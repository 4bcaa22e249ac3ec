import { totalmem } from 'node:os';
import process from 'node:process';
import type { DevicesReport } from '../contracts/devices.ts';
import type { Probes } from './probes.ts';

/** What this machine can train with. The memory is read once the probe has ended, which takes some itself. */
export async function describeDevices(probes: Pick<Probes, 'devices'>): Promise<DevicesReport> {
  const { executors, graphicsCards } = await probes.devices();
  return { executors, graphicsCards, memory: { bytes: totalmem(), freeBytes: process.availableMemory() } };
}
