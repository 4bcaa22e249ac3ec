import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

const electronPackage = resolve(import.meta.dirname, '../node_modules/electron');

/** Electron's executable inside the folder of a distribution. */
const executable =
  { darwin: join('Electron.app', 'Contents', 'MacOS', 'Electron'), win32: 'electron.exe' }[
    process.platform as string
  ] ?? 'electron';

/**
 * The Electron binary of this machine: of the folder that ELECTRON_OVERRIDE_DIST_PATH names, as for Electron's own
 * package, else the one that was downloaded; null where there is none. Downloads nothing.
 */
export function electronBinary(): string | null {
  const named = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (named !== undefined && named !== '') return existing(join(named, executable));
  const pathFile = join(electronPackage, 'path.txt');
  return existsSync(pathFile) ? existing(join(electronPackage, 'dist', readFileSync(pathFile, 'utf8').trim())) : null;
}

const existing = (file: string): string | null => (existsSync(file) ? file : null);
