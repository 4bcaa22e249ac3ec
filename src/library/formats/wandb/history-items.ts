import type { WandbItem } from './wandb-record.ts';

const deepest = 6;

/**
 * What of a row of the history can be a curve: nested values under names joined by dots, as wandb's own charts have them.
 * An image, a histogram or a table is an object with a member `_type`; its size and path are no curves, and its name goes
 * into `media`. Newer versions write the members of objects as items of their own, older ones an object as one item.
 */
export function curveItems(items: readonly WandbItem[], media = new Set<string>()): readonly WandbItem[] {
  if (items.every(({ key, value }) => !key.endsWith('._type') && !isObject(value))) return items;
  const flat: WandbItem[] = [];
  for (const { key, value } of items) flatten(key, value, 0, flat);
  const names = flat.filter(({ key }) => key.endsWith('._type')).map(({ key }) => key.slice(0, -'._type'.length));
  for (const name of names) media.add(name);
  return flat.filter(({ key }) => !names.some((name) => key.startsWith(`${name}.`)));
}

function flatten(key: string, value: unknown, depth: number, into: WandbItem[]): void {
  if (Array.isArray(value)) return;
  if (isObject(value)) {
    if (depth === deepest) return;
    for (const [name, inner] of Object.entries(value)) flatten(`${key}.${name}`, inner, depth + 1, into);
  } else if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
    into.push({ key, value });
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
