import { totalmem } from 'node:os';
import process from 'node:process';
import type { DevicesReport } from '../contracts/devices.ts';
import type { Probes } from './probes.ts';

type Tried = Pick<DevicesReport, 'executors' | 'graphicsCards'>;

/** What this machine can train with, as the last probe of this host told it, for those who may not start one. */
export class Devices {
  readonly #probes: Pick<Probes, 'devices'>;
  #tried: Tried | null = null;

  constructor(probes: Pick<Probes, 'devices'>) {
    this.#probes = probes;
  }

  /** Tries every executor out. The memory is read once that has ended, which takes some itself. */
  async probe(): Promise<DevicesReport> {
    const tried = await this.#probes.devices();
    this.#tried = tried;
    return withMemory(tried);
  }

  /** What the last probe told, with the memory of now; null before the first one. */
  known(): DevicesReport | null {
    return this.#tried === null ? null : withMemory(this.#tried);
  }
}

function withMemory({ executors, graphicsCards }: Tried): DevicesReport {
  return { executors, graphicsCards, memory: { bytes: totalmem(), freeBytes: process.availableMemory() } };
}
