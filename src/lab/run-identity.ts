import { methodDescription } from '../contracts/methods.ts';
import type { RunSpec } from '../contracts/run-spec.ts';

/** The name of a run that was given none, or one name for several seeds. */
export function runName(spec: RunSpec, given: string | undefined, seeds: number): string {
  if (given !== undefined && seeds === 1) return given;
  return `${given ?? methodDescription(spec.method).label}, seed ${String(spec.seed)}`;
}
