import { randomInt } from 'node:crypto';
import { methodDescription } from '../contracts/methods.ts';
import type { RunSpec } from '../contracts/run-spec.ts';

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

/** The name of a run that was given none, or one name for several seeds. */
export function runName(spec: RunSpec, given: string | undefined, seeds: number): string {
  if (given !== undefined && seeds === 1) return given;
  return `${given ?? methodDescription(spec.method).label}, seed ${String(spec.seed)}`;
}
