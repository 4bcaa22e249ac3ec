import type { RunRecord } from '../contracts/run-record.ts';
import { TraceStore } from '../library/trace-store.ts';
import { WeightsStore } from '../library/weights/weights-store.ts';
import type { Sources } from './queue/dependencies.ts';

/** What specs can take from a library folder; nothing where there is no library yet. */
export function sourcesIn(library: string | null, find: (run: string) => RunRecord | undefined): Sources {
  const traces = library === null ? null : new TraceStore(library);
  const weights = library === null ? null : new WeightsStore(library);
  return {
    find,
    hasTrace: (id) => traces?.has(id) ?? false,
    hasWeights: (id) => weights?.has(id) ?? false,
  };
}
