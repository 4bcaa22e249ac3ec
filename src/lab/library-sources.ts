import { statSync } from 'node:fs';
import type { RunRecord } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { resolveInputs } from '../library/recorded-inputs.ts';
import { RunStore } from '../library/run-store.ts';
import { TraceStore } from '../library/trace-store.ts';
import { WeightsStore } from '../library/weights/weights-store.ts';
import { sourcesOf } from './queue/dependencies.ts';
import type { Sources } from './queue/dependencies.ts';

/** What specs can take from a library folder; nothing where there is no library yet. */
export function sourcesIn(library: string | null, find: (run: string) => RunRecord | undefined): Sources {
  const traces = library === null ? null : new TraceStore(library);
  const weights = library === null ? null : new WeightsStore(library);
  return {
    find,
    hasTrace: (id) => traces?.has(id) ?? false,
    hasWeights: (id) => weights?.has(id) ?? false,
    requireTraces: library === null ? () => undefined : readsTraces(library),
  };
}

/** Reads the traces of a spec once for as long as they stay as they are: the specs of a sweep take the same. */
function readsTraces(library: string): (spec: RunSpec) => void {
  const [traces, runs] = [new TraceStore(library), new RunStore(library, true)];
  const sound = new Set<string>();
  const stateOf = (id: string): string => {
    const file = traces.has(id) ? traces.metricsFile(id) : runs.metricsFile(id);
    const state = statSync(file, { throwIfNoEntry: false });
    return `${String(state?.size)} ${String(state?.mtimeMs)}`;
  };
  return (spec) => {
    const { graft, learningRate, steps } = spec;
    const states = sourcesOf(spec).map(({ run }) => stateOf(run));
    const taken = JSON.stringify([graft, typeof learningRate === 'object' ? learningRate : null, steps, states]);
    if (sound.has(taken)) return;
    resolveInputs(spec, library);
    sound.add(taken);
  };
}
