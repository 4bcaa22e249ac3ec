import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { MicrobatchError } from '../../src/contracts/errors.ts';

export interface Discovered {
  /** `cases/NET.METHOD`, `full/NAME`, `data/KIND`, `checkpoint/NAME`, `misc/KEY`. */
  readonly name: string;
  readonly path: string;
}

const dataSets = ['cifar10-binary', 'cifar10-python', 'cifar100-binary', 'cifar100-python'];

/** Every golden case under a folder, in a fixed order. Throws `golden/no-folder`. */
export function discoverCases(folder: string): Discovered[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new MicrobatchError({
      code: 'golden/no-folder',
      message: `${folder} is not a folder`,
      expected: 'a folder with golden cases',
    });
  }
  const files = (kind: string, ending: string): Discovered[] => {
    const path = join(folder, kind);
    const names = existsSync(path) ? readdirSync(path).toSorted() : [];
    return names
      .filter((name) => name.endsWith(ending))
      .map((name) => ({ name: `${kind}/${basename(name, ending)}`, path: join(path, name) }));
  };
  const data = existsSync(join(folder, 'data'))
    ? dataSets.map((name) => ({ name: `data/${name}`, path: join(folder, 'data') }))
    : [];
  return [
    ...files('cases', '.json'),
    ...files('full', '.json'),
    ...data,
    ...files('checkpoint', '.pth'),
    ...miscellaneous(folder),
  ];
}

function miscellaneous(folder: string): Discovered[] {
  const path = join(folder, 'misc.json');
  if (!existsSync(path)) return [];
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return Object.keys(z.record(z.string(), z.unknown()).parse(value)).map((key) => ({ name: `misc/${key}`, path }));
}

/** True where one of the comma-separated patterns, `*` standing for anything, is the whole name. */
export function matchesPatterns(name: string, patterns: string): boolean {
  return patterns.split(',').some((pattern) => {
    const pieces = pattern
      .trim()
      .split('*')
      .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    return new RegExp(`^${pieces.join('.*')}$`).test(name);
  });
}
