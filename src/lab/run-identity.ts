import { createHash, randomInt } from 'node:crypto';
import type { RunSpec } from '../contracts/run-spec.ts';
import { methodDescription } from '../contracts/methods.ts';

/** Characters of an id: no vowels, so no words; no 0, 1, l, o, so nothing to misread. */
const alphabet = 'bcdfghjkmnpqrstvwxz23456789';
const idLength = 8;

/** A random id that none of the taken ones equals; short enough to type a prefix of. */
export function newRunId(isTaken: (id: string) => boolean): string {
  while (true) {
    const id = Array.from({ length: idLength }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
    if (!isTaken(id)) return id;
  }
}

/** Hash of everything the spec says. */
export function specHash(spec: RunSpec): string {
  return hashOf(spec);
}

/** Hash of the spec without its seed: runs that share it are replicates of each other. */
export function groupHash(spec: RunSpec): string {
  return hashOf({ ...spec, seed: undefined });
}

/** The name of a run that was given none, or one name for several seeds. */
export function runName(spec: RunSpec, given: string | undefined, seeds: number): string {
  if (given !== undefined && seeds === 1) return given;
  return `${given ?? methodDescription(spec.method).label}, seed ${String(spec.seed)}`;
}

/** SHA-256 of the value as JSON with sorted keys, so that equal specs hash alike however they were written. */
function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
