import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import type { GraphicsCard } from '../../contracts/provenance.ts';

/** A card at one moment; null for what its driver does not tell. */
export interface GraphicsReading extends GraphicsCard {
  readonly usedBytes: number | null;
  /** What a further process can take. */
  readonly freeBytes: number | null;
  /** Share of the last moments in which something ran on it, percent. */
  readonly percent: number | null;
  readonly celsius: number | null;
}

const asked = [
  ...['name', 'driver_version', 'memory.total', 'memory.used'],
  ...['utilization.gpu', 'temperature.gpu', 'memory.free'],
];
const patienceMilliseconds = 5000;
/** nvidia-smi counts memory in these. */
const bytesOfMebibyte = 2 ** 20;

const run = promisify(execFile);

/** The cards that this process can use, as `nvidia-smi` reads them; null where it is missing, refuses or does not answer. */
export async function readGraphicsCards(): Promise<GraphicsReading[] | null> {
  const visible = process.env['CUDA_VISIBLE_DEVICES'];
  // An empty list hides every card from the process.
  if (visible === '' || visible === '-1') return [];
  const only = visible === undefined ? [] : [`--id=${visible}`];
  try {
    const { stdout } = await run(
      'nvidia-smi',
      [`--query-gpu=${asked.join(',')}`, '--format=csv,noheader,nounits', ...only],
      { timeout: patienceMilliseconds, maxBuffer: 1_000_000, windowsHide: true },
    );
    return parseGraphicsReadings(stdout);
  } catch {
    return null;
  }
}

/** One line a card, in the order of `asked`; "[N/A]" and the like for what a card does not have. */
export function parseGraphicsReadings(text: string): GraphicsReading[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [name = '', driver = '', total, used, load, celsius, free] = line.split(',').map((field) => field.trim());
    return {
      name,
      driver: /^[\d.]+$/.test(driver) ? driver : null,
      memoryBytes: numberOf(total, bytesOfMebibyte),
      usedBytes: numberOf(used, bytesOfMebibyte),
      freeBytes: numberOf(free, bytesOfMebibyte),
      percent: numberOf(load, 1),
      celsius: numberOf(celsius, 1),
    };
  });
}

function numberOf(text: string | undefined, unit: number): number | null {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) * unit : null;
}
