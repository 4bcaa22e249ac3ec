import { cpus, hostname, release, totalmem } from 'node:os';
import process from 'node:process';
import type { TrainingMachine } from '../../contracts/provenance.ts';
import { readGraphicsCards } from './graphics-cards.ts';

/** What this process trains on. Asks the graphics driver, which may take a second; never rejects. */
export async function describeMachine(): Promise<TrainingMachine> {
  const cards = await readGraphicsCards();
  const processors = cpus();
  return {
    host: hostname(),
    platform: `${process.platform} ${process.arch} ${release()}`,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    graphicsCards: cards?.map(({ name, memoryBytes, driver }) => ({ name, memoryBytes, driver })) ?? null,
    node: process.versions.node,
  };
}
