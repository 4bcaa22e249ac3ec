import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/**
 * Writes an `nvidia-smi` that knows one card of 80 GiB, of which 60 are free, and refuses any other question than ours.
 * Returns the PATH on which it is found first.
 */
export function fakeGraphicsCard(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const query = 'name,driver_version,memory.total,memory.used,utilization.gpu,temperature.gpu,memory.free';
  const script = [
    '#!/bin/sh',
    `test "$1" = "--query-gpu=${query}" || exit 2`,
    `echo "NVIDIA H100 80GB HBM3, 570.86.15, ${String(80 * 1024)}, ${String(20 * 1024)}, 94, 71, ${String(60 * 1024)}"`,
    '',
  ].join('\n');
  writeFileSync(join(bin, 'nvidia-smi'), script);
  chmodSync(join(bin, 'nvidia-smi'), 0o755);
  return [bin, process.env['PATH'] ?? ''].join(delimiter);
}
