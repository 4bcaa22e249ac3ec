import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';
import type { RunSpec } from '../contracts/run-spec.ts';

/** Identifies what a run computes; which of its states are kept is no part of that. */
export function specHash(spec: RunSpec): string {
  return hash(canonicalJson({ ...spec, checkpoints: undefined }));
}

/** Identifies a setting over seeds: runs that share it are replicates. */
export function groupHash(spec: RunSpec): string {
  return hash(canonicalJson({ ...spec, seed: undefined, checkpoints: undefined }));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
