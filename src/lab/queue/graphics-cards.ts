import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeManifest, runtimeManifestFile } from '../../contracts/native-runtime.ts';
import type { Machine } from './allocation.ts';

interface CardSources {
  /** Folder of native runtimes: without one for CUDA no run uses a card. */
  readonly runtimes: string;
  /** CUDA_VISIBLE_DEVICES of this process: what it leaves out is not ours. */
  readonly visible: string | undefined;
  /** Folder in which the driver of NVIDIA lists its cards: an entry each, on Linux. */
  readonly driver?: string;
}

/**
 * The graphics cards that training processes can be given, one each. Empty on machines whose driver lists none at this
 * place (Windows, macOS), where runs share whatever the runtime takes.
 */
export function graphicsCards({ runtimes, visible, driver = '/proc/driver/nvidia/gpus' }: CardSources): string[] {
  if (!hasCudaRuntime(runtimes)) return [];
  if (visible !== undefined) return visible.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  return entriesOf(driver).map((_, index) => String(index));
}

/** The machine as runs share it. Which cards it has for them is looked at again when runtimes have come or gone. */
export class SharedMachine implements Machine {
  readonly cores: number;
  readonly #sources: CardSources;
  #graphicsCards: readonly string[];

  constructor(cores: number, sources: CardSources) {
    this.cores = cores;
    this.#sources = sources;
    this.#graphicsCards = graphicsCards(sources);
  }

  get graphicsCards(): readonly string[] {
    return this.#graphicsCards;
  }

  lookAgain(): void {
    this.#graphicsCards = graphicsCards(this.#sources);
  }
}

function hasCudaRuntime(runtimes: string): boolean {
  return entriesOf(runtimes).some((name) => {
    try {
      const manifest = readFileSync(join(runtimes, name, runtimeManifestFile), 'utf8');
      return runtimeManifest.parse(JSON.parse(manifest)).flavour === 'cuda';
    } catch {
      // Half-written and foreign folders are no runtimes.
      return false;
    }
  });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
