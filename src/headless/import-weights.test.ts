import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { runDocument } from '../contracts/command-documents.ts';
import { evalDocument } from '../contracts/evaluations.ts';
import { exportReport } from '../contracts/exports.ts';
import { importReport } from '../contracts/imports.ts';
import { readSafetensors } from '../library/formats/safetensors.ts';
import { WeightsStore } from '../library/weights/weights-store.ts';

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

  it('are evaluated, and trained on, as the run that they came from', async () => {
    const { runs } = await commands.json(runDocument, 'run', '--spec', commands.spec());
    const run = String(runs[0]?.run);
    const file = join(commands.library, '..', 'net.pth');
    await commands.json(exportReport, 'export', run, '--format', 'pth', '--out', file);
    const { imported } = await commands.json(importReport, 'import', file);
    const id = String(imported[0]?.id);

    const model = ['--model', '{"kind": "mlp", "widths": [8]}'];
    const dataset = ['--dataset', '{"id": "fashion-mnist-small", "trainSize": 200, "resize": 7}'];
    const ofRun = await commands.json(evalDocument, 'eval', run);
    const ofWeights = await commands.json(evalDocument, 'eval', id, ...model, ...dataset);
    expect(ofWeights).toEqual({ ...ofRun, run: null, weights: id, checkpoint: null });
    const [kept, ...others] = await new WeightsStore(commands.library).evaluations(id);
    expect(others).toEqual([]);
    expect(ofWeights).toMatchObject(kept?.figures ?? {});

    const inLibrary = (...parameters: string[]) => commands.run(...parameters, '--library', commands.library);
    // The tensors tell the model, not the images that it was trained on.
    expect(await commands.json(evalDocument, 'eval', id, ...dataset)).toEqual(ofWeights);
    expect(await inLibrary('eval', id)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^evaluate\/weights-alone/) as string,
    });
    expect((await inLibrary('eval', run, ...model)).stderr).toMatch(/^evaluate\/settings-of-run/);
    expect((await inLibrary('eval', id, '--model', '{"kind": "mlp"}', ...dataset)).code).toBe(2);
    const other = await inLibrary('eval', id, '--model', '{"kind": "mlp", "widths": [9]}', ...dataset);
    expect(other.stderr).toMatch(/^weights\/other-model/);

    const warm = commands.spec({ steps: 1, learningRate: 1e-9, initialWeights: { weights: id } });
    const warmRun = (await commands.json(runDocument, 'run', '--spec', warm)).runs[0];
    expect(warmRun?.final['validation/accuracy']).toBe(ofRun.accuracy);
    const show = await inLibrary('show', String(warmRun?.run), '--json');
    expect(JSON.parse(show.stdout)).toMatchObject({
      provenance: { initialWeights: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
  });
});
