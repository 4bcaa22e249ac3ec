import { z } from 'zod';
import { methodIds, resolveMethodAlias } from './methods.ts';
import type { MethodId } from './methods.ts';

/** A setting as a foreign file states it. */
export const statedSetting = z.union([z.string(), z.number(), z.boolean(), z.null()]);

type StatedSettings = Readonly<Record<string, z.infer<typeof statedSetting>>>;

/** What foreign settings mean here, and the names under which they say it. */
export interface Stated<T> {
  readonly value: T;
  readonly names: readonly string[];
}

const seedNames = new Set(['seed', 'random_seed', 'manual_seed', 'rng_seed']);
/** The study's code calls its method a test. */
const methodNames = new Set(['method', 'algorithm', 'test']);

/** The seed that a foreign run states; null where it states none, or two that differ. */
export function statedSeed(settings: StatedSettings): Stated<number> | null {
  return only(settings, seedNames, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null,
  );
}

/** The method that a foreign run states by its id or its name in the study's code; null where it states none, or two. */
export function statedMethod(settings: StatedSettings): Stated<MethodId> | null {
  return only(settings, methodNames, (value) => {
    const id = typeof value === 'string' ? resolveMethodAlias(value) : '';
    return methodIds.find((method) => method === id) ?? null;
  });
}

/** In words, for what is told before and after an import. */
export function statedMeanings(settings: StatedSettings): string[] {
  const [seed, method] = [statedSeed(settings), statedMethod(settings)];
  return [
    ...(seed === null ? [] : [`the seed is ${String(seed.value)}, by the setting ${seed.names.join(', ')}`]),
    ...(method === null ? [] : [`the method is ${method.value}, by the setting ${method.names.join(', ')}`]),
  ];
}

/** Nested settings count by the last part of their names. */
function only<T>(
  settings: StatedSettings,
  names: ReadonlySet<string>,
  read: (value: StatedSettings[string]) => T | null,
): Stated<T> | null {
  const found = Object.entries(settings).flatMap(([name, stated]) => {
    const value = names.has(name.slice(name.lastIndexOf('.') + 1).toLowerCase()) ? read(stated ?? null) : null;
    return value === null ? [] : [{ name, value }];
  });
  const [first] = found;
  if (first === undefined || found.some(({ value }) => value !== first.value)) return null;
  return { value: first.value, names: found.map(({ name }) => name) };
}
