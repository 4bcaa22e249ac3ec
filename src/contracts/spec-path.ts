import { MicrobatchError } from './errors.ts';

/** A change of one field of a spec that is not parsed yet. */
export interface Assignment {
  /** Names of fields, and positions in lists. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** A copy with one field changed; null takes the field out. Throws `spec/no-such-field` where the path leads nowhere. */
export function assign(target: unknown, { path, value }: Assignment): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(target)) return assignEntry(target, key, rest, value);
  if (typeof target !== 'object' || target === null) throw noSuchField(key);
  const others = Object.entries(target).filter(([name]) => name !== key);
  if (rest.length === 0 && value === null) return Object.fromEntries(others);
  const old: unknown = Object.hasOwn(target, key) ? Reflect.get(target, key) : undefined;
  const inner = rest.length === 0 ? value : assign(old, { path: rest, value });
  return Object.fromEntries([...others, [key, inner]]);
}

function assignEntry(list: readonly unknown[], key: string, rest: readonly string[], value: unknown): unknown {
  const index = Number(key);
  if (!/^\d+$/.test(key) || index >= list.length) throw noSuchField(key);
  return list.with(index, assign(list[index], { path: rest, value }));
}

function noSuchField(key: string): MicrobatchError {
  return new MicrobatchError({
    code: 'spec/no-such-field',
    message: `the change names ${key}, which is not in the spec`,
    expected: 'a path of fields that the spec has, such as dataset.trainSize',
  });
}
