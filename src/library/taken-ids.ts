import { existsSync } from 'node:fs';
import type { Library } from './library.ts';
import { TraceStore } from './trace-store.ts';
import { WeightsStore } from './weights/weights-store.ts';

/** Tells whether an id is taken in a library. Runs, traces and weights have no id in common, so that each can be named by it. */
export function takenIn({ folder, runs }: Pick<Library, 'folder' | 'runs'>): (id: string) => boolean {
  const traces = new TraceStore(folder);
  const weights = new WeightsStore(folder);
  return (id) => existsSync(runs.folder(id)) || traces.has(id) || weights.has(id);
}
