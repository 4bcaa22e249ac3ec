import type { RunSpec } from '../contracts/run-spec.ts';
import { checkDatasetSpec } from '../data/check-spec.ts';
import { requireSources } from './queue/dependencies.ts';
import type { Sources } from './queue/dependencies.ts';
import { datasetsFolder } from './user-folders.ts';

/**
 * Refuses a valid spec that could not be trained here: its data set cannot be divided or resized so, or it takes a trace
 * or weights that are not there. Reads no image. Throws `data/...`, `weights/unknown`, `trace/unknown-run`, `queue/cycle`.
 */
export function checkSpec(spec: RunSpec, sources: Sources): void {
  checkDatasetSpec(spec.dataset, datasetsFolder());
  requireSources(spec, sources);
}
