import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { exportReport } from '../contracts/exports.ts';
import { importReport } from '../contracts/imports.ts';
import { readSafetensors } from '../library/formats/safetensors.ts';

const commands = new CommandLine();
afterAll(() => commands.dispose());

describe('imported weights', () => {
  it('are exported again with the same values, and say so where they have no network', async () => {
    const file = resolve(import.meta.dirname, '../../test/files/zip.pth');
    const { imported, refused } = await commands.json(importReport, 'import', file);
    expect(refused).toEqual([]);
    expect(imported).toEqual([expect.objectContaining({ kind: 'weights', name: 'zip', tensors: 4, series: [] })]);
    const id = String(imported[0]?.id);
    const out = join(commands.library, '..', 'again.safetensors');
    const report = await commands.json(exportReport, 'export', id, '--format', 'safetensors', '--out', out);
    expect(report).toMatchObject({ run: null, weights: id, checkpoint: null });
    expect(readSafetensors(readFileSync(out)).get('w')?.data).toEqual(Float32Array.of(0, 3, 1, 4, 2, 5));
    const refusedOnnx = await commands.run(
      'export',
      id,
      ...['--format', 'onnx', '--out', `${out}.onnx`, '--library', commands.library],
    );
    expect(refusedOnnx.stderr).toMatch(/^export\/no-network/);
  });
});
