import { readFile, statfs } from 'node:fs/promises';
import { cpus, freemem } from 'node:os';
import type { CpuInfo } from 'node:os';
import process from 'node:process';
import { readGraphicsCards } from './graphics-cards.ts';

const nothing = {};
const gigabyte = 1e9;
const megabyte = 1e6;

/** Times of all cores together, in a unit of the system's. */
interface CoreTimes {
  readonly count: number;
  readonly busy: number;
  readonly all: number;
}

/** What has only grown since the process or the machine began. */
interface Counters {
  readonly at: number;
  /** Of the cores together, that this process has used. */
  readonly processSeconds: number;
  readonly cores: CoreTimes;
  /** Null where the system does not count them. */
  readonly writtenBytes: number | null;
}

/**
 * Looks at the machine every three seconds of training, so that a slow stretch of a curve can be explained. A timer looks,
 * files are read by other threads; the training loop only picks up what is ready. Nothing of it reaches the training.
 */
export class MachineSampler {
  /** Whether training uses a graphics card: only then is its driver asked, by a process of its own. */
  graphics = false;
  readonly #folder: string;
  readonly #period: number;
  #timer: NodeJS.Timeout | undefined;
  #before: Counters | null = null;
  #ready: Readonly<Record<string, number>> | null = null;
  #looking = false;
  /** Raised by a rest: what was looked at before it is not of the stretch after it. */
  #stretch = 0;
  #taken = { step: 0, at: 0 };

  /** `folder`: where the run is recorded, on the disk that is looked at. `period`: between two looks, milliseconds. */
  constructor(folder: string, period = 3000) {
    this.#folder = folder;
    this.#period = period;
  }

  /** Training begins or goes on after `step` steps. */
  go(step: number): void {
    this.hold();
    this.#stretch += 1;
    this.#taken = { step, at: performance.now() };
    this.#timer = setInterval(() => void this.#look(), this.#period);
    this.#timer.unref();
    void this.#look();
  }

  /** Training rests or has ended. */
  hold(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#before = null;
    this.#ready = null;
  }

  /** What was found since the last call, by series; nothing where there is nothing new, or no step was taken since. */
  take(step: number): Readonly<Record<string, number>> {
    const found = this.#ready;
    if (found === null || step === this.#taken.step) return nothing;
    this.#ready = null;
    const at = performance.now();
    const speed = (step - this.#taken.step) / ((at - this.#taken.at) / 1000);
    this.#taken = { step, at };
    return { 'system/steps_per_second': speed, ...found };
  }

  /** Never rejects: what cannot be read is left out. */
  async #look(): Promise<void> {
    // A driver that answers late is not asked again meanwhile.
    if (this.#looking) return;
    this.#looking = true;
    const stretch = this.#stretch;
    const [counters, disk, graphics] = await Promise.all([
      readCounters(),
      readDisk(this.#folder),
      this.graphics ? readGraphics() : {},
    ]);
    this.#looking = false;
    if (stretch !== this.#stretch || this.#timer === undefined) return;
    const before = this.#before;
    this.#before = counters;
    if (before === null) return;
    this.#ready = { ...loadBetween(before, counters), ...readMemory(), ...disk, ...graphics };
  }
}

async function readCounters(): Promise<Counters> {
  const [writtenBytes, cores] = await Promise.all([readWrittenBytes(), readCores()]);
  const { user, system } = process.cpuUsage();
  return { at: performance.now(), processSeconds: (user + system) / 1e6, cores, writtenBytes };
}

/** Time of all cores since the machine began. On Linux from its file, so that this thread does not wait for the kernel. */
async function readCores(): Promise<CoreTimes> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => null);
  return text === null ? coreTimesOf(cpus()) : parseCoreTimes(text);
}

function coreTimesOf(cores: readonly CpuInfo[]): CoreTimes {
  const idle = cores.reduce((sum, { times }) => sum + times.idle, 0);
  const busy = cores.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { count: cores.length, busy, all: busy + idle };
}

/** The first line has the sums: user, nice, system, idle, waiting for disks, interrupts, soft ones, taken by other guests. */
export function parseCoreTimes(text: string): CoreTimes {
  const [sums = '', ...lines] = text.split('\n');
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, ...others] = sums
    .trim()
    .split(/\s+/)
    .slice(1, 9)
    .map(Number);
  const busy = others.reduce((sum, time) => sum + time, user + nice + system);
  return { count: lines.filter((line) => /^cpu\d/.test(line)).length, busy, all: busy + idle + waiting };
}

/** Linux counts what a process has sent to disks. */
async function readWrittenBytes(): Promise<number | null> {
  const text = await readFile('/proc/self/io', 'utf8').catch(() => '');
  const bytes = /^write_bytes: (\d+)$/m.exec(text)?.[1];
  return bytes === undefined ? null : Number(bytes);
}

function loadBetween(before: Counters, after: Counters): Record<string, number> {
  const seconds = (after.at - before.at) / 1000;
  const all = after.cores.all - before.cores.all;
  return {
    'system/cpu_process': (after.processSeconds - before.processSeconds) / (seconds * after.cores.count),
    ...(all > 0 ? { 'system/cpu_machine': (after.cores.busy - before.cores.busy) / all } : {}),
    ...(before.writtenBytes === null || after.writtenBytes === null
      ? {}
      : { 'system/write_rate': (after.writtenBytes - before.writtenBytes) / megabyte / seconds }),
  };
}

function readMemory(): Record<string, number> {
  return { 'system/memory_process': process.memoryUsage.rss() / gigabyte, 'system/memory_free': freemem() / gigabyte };
}

async function readDisk(folder: string): Promise<Record<string, number>> {
  const space = await statfs(folder).catch(() => null);
  return space === null ? {} : { 'system/disk_free': (space.bavail * space.bsize) / gigabyte };
}

/** Of the first card that this process can use. */
async function readGraphics(): Promise<Record<string, number>> {
  const card = (await readGraphicsCards())?.[0];
  if (card === undefined) return {};
  const { percent, usedBytes, celsius } = card;
  return {
    ...(percent === null ? {} : { 'system/gpu_load': percent / 100 }),
    ...(usedBytes === null ? {} : { 'system/gpu_memory': usedBytes / gigabyte }),
    ...(celsius === null ? {} : { 'system/gpu_temperature': celsius }),
  };
}
