import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CommandLine } from '../../test/command-line.ts';
import { importDocument, listDocument, runDocument } from '../contracts/command-documents.ts';
import { evalDocument } from '../contracts/evaluations.ts';
import { exportReport } from '../contracts/exports.ts';
import { takeHostLock } from '../lab/host-lock.ts';
import { readEvaluations } from '../library/evaluations-file.ts';
import { readSafetensors } from '../library/formats/safetensors.ts';

const commands = new CommandLine();
let run: string;

beforeAll(async () => {
  const { runs } = await commands.json(runDocument, 'run', '--spec', commands.spec());
  run = String(runs[0]?.run);
}, 60_000);
afterAll(() => commands.dispose());

const out = (name: string): string => join(commands.library, '..', name);
const inLibrary = (...parameters: string[]) => commands.run(...parameters, '--library', commands.library);

describe('eval', () => {
  it('gives what the run has recorded at its last step, with classes and calibration', async () => {
    const [outcome] = (await commands.json(listDocument, 'list')).runs;
    const figures = await commands.json(evalDocument, 'eval', run);
    expect(figures).toMatchObject({ run, split: 'validation', checkpoint: outcome?.step });
    expect(figures.accuracy).toBeCloseTo(outcome?.final['validation/accuracy'] ?? Number.NaN, 6);
    expect(figures.loss).toBeCloseTo(outcome?.final['validation/loss'] ?? Number.NaN, 4);
    expect(figures.classes.reduce((sum, { correct }) => sum + correct, 0)).toBe(
      Math.round(figures.accuracy * figures.n),
    );
    expect(figures.confusion.flat().reduce((sum, each) => sum + each, 0)).toBe(figures.n);
    expect(figures.top5).toBeGreaterThanOrEqual(figures.accuracy);

    const [kept, ...others] = await readEvaluations(join(commands.library, 'runs', run));
    expect(others).toEqual([]);
    const { checkpoint, split, loss, accuracy, top5, n, calibration } = figures;
    expect(kept).toMatchObject({ checkpoint, split, loss, accuracy, top5, n, calibrationError: calibration.error });
    expect((await inLibrary('show', run)).stdout).toMatch(/evaluated +step 40, validation: accuracy/);
  });

  it('says that it keeps nothing where another host owns the library', async () => {
    const owner = takeHostLock(commands.library, 'a test');
    const beside = await inLibrary('eval', run, '--checkpoint', 'best').finally(() => owner.release());
    expect(beside.code).toBe(0);
    expect(beside.stderr).toMatch(/^the evaluation is not kept with the run: library\/owned/);
  });

  it('refuses a test split that the set does not have', async () => {
    const refused = await inLibrary('eval', run, '--split', 'test');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^evaluate\/no-test-split/);
  });
});

describe('export', () => {
  it('writes the last checkpoint with a model card that states the hash of the file', async () => {
    const path = out('net.safetensors');
    const report = await commands.json(exportReport, 'export', run, '--format', 'safetensors', '--out', path);
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(report).toMatchObject({ format: 'safetensors', run, weights: null });
    expect(report.files[0]).toEqual({ path, bytes: bytes.length, sha256 });
    const card = z.looseObject({ file: z.looseObject({ sha256: z.string() }), tensors: z.array(z.unknown()) });
    const read = card.parse(JSON.parse(readFileSync(`${path}.json`, 'utf8')));
    expect(read.file.sha256).toBe(sha256);
    expect(read.tensors).toHaveLength(readSafetensors(bytes).size);
  });

  it('replaces nothing unless told to, and leaves nothing half done', async () => {
    const path = out('again.npz');
    const parameters = ['export', run, '--format', 'npz', '--out', path];
    expect((await inLibrary(...parameters)).code).toBe(0);
    const before = readFileSync(path);
    const refused = await inLibrary(...parameters);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^export\/exists: .*again\.npz is there already/);
    expect(readFileSync(path)).toEqual(before);
    expect((await inLibrary(...parameters, '--force')).code).toBe(0);
    expect(readdirSync(out('.')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    ['a run that is not there', () => ['nobody', '--format', 'pth'], 1, /^run\/unknown/],
    [
      'a step without a checkpoint',
      () => [run, '--format', 'pth', '--checkpoint', '7777'],
      1,
      /^checkpoint\/unknown-step/,
    ],
    ['an unknown format', () => [run, '--format', 'keras'], 2, /^usage\//],
    ['an unknown checkpoint', () => [run, '--format', 'pth', '--checkpoint', 'first'], 2, /^usage\//],
  ])('refuses %s and writes nothing', async (_, parameters, code, problem) => {
    const refused = await inLibrary('export', ...parameters(), '--out', out('never'));
    expect(refused.code).toBe(code);
    expect(refused.stderr).toMatch(problem);
    expect(existsSync(out('never'))).toBe(false);
  });
});

describe('export of metrics', () => {
  const points = async (id: string) => (await inLibrary('metrics', id)).stdout.split('\n');

  it('writes a CSV file that imports as the same points', async () => {
    const path = out('points.csv');
    const report = await commands.json(exportReport, 'export', run, '--format', 'csv', '--out', path);
    expect(report).toMatchObject({ format: 'csv', run, checkpoint: null, files: [{ path }] });
    expect(readFileSync(path, 'utf8').split('\n')).toEqual(await points(run));
    const { imported } = await commands.json(importDocument, 'import', path);
    expect(await points(String(imported[0]?.id))).toEqual(await points(run));
  });

  it('writes a folder for TensorBoard, whose values have single precision', async () => {
    const folder = out('board');
    const report = await commands.json(exportReport, 'export', run, '--format', 'tensorboard', '--out', folder);
    expect(report.files.map(({ path }) => path)).toEqual([
      expect.stringMatching(/board[\\/]events\.out\.tfevents\.\d+\./) as unknown,
    ]);
    const { imported } = await commands.json(importDocument, 'import', folder);
    const single = (lines: readonly string[]): string[] =>
      lines.map((line) =>
        line.replace(/[^,]+$/, (value) => (Number.isNaN(Number(value)) ? value : String(Math.fround(Number(value))))),
      );
    expect(await points(String(imported[0]?.id))).toEqual(single(await points(run)));
  });

  it('holds no checkpoint, and joins no curves of another run', async () => {
    const parameters = ['export', run, '--format', 'csv', '--out', out('checkpoint.csv'), '--checkpoint', 'best'];
    expect((await inLibrary(...parameters)).stderr).toMatch(/^export\/no-checkpoint/);
    mkdirSync(out('other'));
    writeFileSync(join(out('other'), 'events.out.tfevents.1.other'), '');
    const joined = await inLibrary('export', run, '--format', 'tensorboard', '--out', out('other'));
    expect(joined.stderr).toMatch(/^export\/exists: .*holds event files already/);
  });
});
