import type { RunSpec } from '../../contracts/run-spec.ts';

/** What of a machine runs side by side share. */
export interface Machine {
  /** Threads that they may use together. */
  readonly cores: number;
  /** Names of the cards as CUDA_VISIBLE_DEVICES has them; empty where runs train on the processor alone. */
  readonly graphicsCards: readonly string[];
}

/** What a run occupies while it trains. */
export interface Share {
  readonly threads: number;
  /** The one card that its process sees; null for a run on the processor. */
  readonly graphicsCard: string | null;
}

/** Executors that never use a graphics card. `auto` takes the best there is. */
const processorExecutors: readonly string[] = ['onnx', 'tfjs-cpu', 'tfjs-wasm'];

/**
 * The share that a run gets beside those that train, or null where there is no room. Threads add up to the cores; a run
 * that wants more than there are still gets its turn, alone. A graphics card takes one run.
 */
export function allocate(
  { threads, executor }: Pick<RunSpec, 'threads' | 'executor'>,
  inUse: readonly Share[],
  { cores, graphicsCards }: Machine,
): Share | null {
  const used = threadsOf(inUse);
  if (used > 0 && used + threads > cores) return null;
  if (graphicsCards.length === 0 || processorExecutors.includes(executor)) return { threads, graphicsCard: null };
  const free = graphicsCards.find((card) => inUse.every(({ graphicsCard }) => graphicsCard !== card));
  return free === undefined ? null : { threads, graphicsCard: free };
}

export function threadsOf(shares: readonly Share[]): number {
  return shares.reduce((sum, { threads }) => sum + threads, 0);
}

/** What the environment of a training process says beyond its host's. */
export function environmentOf({ graphicsCard }: Share): Readonly<Record<string, string>> {
  return graphicsCard === null ? {} : { CUDA_VISIBLE_DEVICES: graphicsCard };
}
