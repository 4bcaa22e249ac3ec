import { MicrobatchError } from './errors.ts';

/** A change of one field of a spec that is not parsed yet. */
export interface Assignment {
  /** Names of fields, and positions in lists; the position after the last adds an entry. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * A copy with one field changed; null takes the field out. A group of fields that the spec lacks is made, so that
 * `graft.mode=linear` needs no graft before; whether a spec may have it is for the spec's schema to say. Throws
 * `spec/no-such-field` where the path leads into something that has no fields.
 */
export function assign(target: unknown, assignment: Assignment): unknown {
  return changed(target, assignment.path, assignment);
}

function changed(target: unknown, left: readonly string[], assignment: Assignment): unknown {
  const [key, ...rest] = left;
  if (key === undefined) return assignment.value;
  if (Array.isArray(target)) return changedEntry(target, key, rest, assignment);
  if (typeof target !== 'object' || target === null) throw noSuchField(assignment);
  const others = Object.entries(target).filter(([name]) => name !== key);
  if (rest.length === 0 && assignment.value === null) return Object.fromEntries(others);
  const old: unknown = Object.hasOwn(target, key) ? Reflect.get(target, key) : {};
  return Object.fromEntries([...others, [key, changed(old, rest, assignment)]]);
}

function changedEntry(list: readonly unknown[], key: string, rest: readonly string[], assignment: Assignment): unknown {
  const index = Number(key);
  if (!/^\d+$/.test(key) || index > list.length) throw noSuchField(assignment);
  const old: unknown = index < list.length ? list[index] : {};
  return [...list.slice(0, index), changed(old, rest, assignment), ...list.slice(index + 1)];
}

const pathOfFields = 'a path of fields that the spec has, such as dataset.trainSize';

/** `spec/no-such-field`: what a change leads to is nothing that a spec has. */
export function noSuchField({ path }: Assignment, expected = pathOfFields): MicrobatchError {
  return new MicrobatchError({
    code: 'spec/no-such-field',
    message: `${path.join('.')} is no field that a spec can have`,
    expected,
  });
}
