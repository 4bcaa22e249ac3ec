import { randomInt } from 'node:crypto';

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
