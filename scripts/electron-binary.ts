import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const electronPackage = resolve(import.meta.dirname, '../node_modules/electron');

/** The Electron binary of this machine, or null where it was never downloaded. Downloads nothing. */
export function electronBinary(): string | null {
  const named = process.env.MICROBATCH_ELECTRON;
  if (named !== undefined) return named;
  const pathFile = join(electronPackage, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const binary = join(electronPackage, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(binary) ? binary : null;
}
