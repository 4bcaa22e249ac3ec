import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../../../test/open-lab.ts';
import type { ExportBatch } from '../../contracts/exports.ts';
import { readSafetensors } from '../../library/formats/safetensors.ts';
import type { Lab } from '../lab.ts';
import { checksumLines } from './exports.ts';

let folder: string;
let lab: Lab;
let run: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-exports-'));
  ({ lab } = await openTestLab(join(folder, 'library')));
  run = await startRun(lab, { ...tinySpec, checkpoints: { every: 10, keepBest: true } });
  await lab.handlers['runs.rename']({ run, name: 'Small batch / λ' });
  await untilRun(lab, run, hasEnded);
}, 60_000);
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true });
});

const exportTo = (name: string, items: ExportBatch['items'], replace = false, signal?: AbortSignal) =>
  lab.handlers['exports.run'](
    { items, to: { kind: 'folder', folder: join(folder, name), replace }, job: 'a job' },
    signal === undefined ? undefined : { signal },
  );

describe('what is exported', () => {
  it('is told before it is imported: tensors with their model, a bundle with its run, curves with their columns', async () => {
    const { written } = await exportTo('back', [
      { reference: run, format: 'safetensors' },
      { reference: run, format: 'pth' },
      { reference: run, format: 'bundle' },
      { reference: run, format: 'csv' },
    ]);
    const contents = [];
    for (const { files } of written) {
      contents.push((await lab.handlers['imports.examine']({ path: files[0]?.path ?? '' })).content);
    }
    const net = { model: tinySpec.model, classes: 10, inputs: 49, differences: [] };
    expect(contents).toMatchObject([
      { kind: 'weights', model: net, tensors: [{ name: 'layers.0.weight', shape: [8, 49] }, {}, {}, {}] },
      { kind: 'weights', model: net },
      { kind: 'bundle', run },
      { kind: 'series', preview: { tool: 'microbatch' } },
    ]);
    const broken = lab.handlers['imports.examine']({ path: join(folder, 'nothing') });
    await expect(broken).rejects.toMatchObject({ code: 'import/missing-file' });
  });
});

describe('many exports', () => {
  it('are files that tell runs and checkpoints apart, with their checksums', async () => {
    const seen: string[] = [];
    const stop = lab.subscribe((name, event) => {
      if (name === 'export.progress' && 'total' in event) seen.push(`${String(event.done)} of ${String(event.total)}`);
    });
    const report = await exportTo('many', [
      { reference: run, format: 'safetensors', checkpoint: 10 },
      { reference: run, format: 'safetensors', checkpoint: 'last' },
      { reference: run, format: 'csv' },
    ]);
    stop();
    expect(report.refused).toEqual([]);
    const stem = `small-batch-${run}`;
    const names = [`${stem}-10.safetensors`, `${stem}-20.safetensors`];
    expect(readdirSync(join(folder, 'many'))).toEqual(
      [...names, ...names.map((name) => `${name}.json`), `${stem}.csv`].toSorted(),
    );
    expect(readSafetensors(readFileSync(join(folder, 'many', `${stem}-10.safetensors`))).size).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set(['0 of 3', '1 of 3', '2 of 3']));
    expect(checksumLines(report, join(folder, 'many')).split('\n').slice(0, 1)).toEqual([
      `${report.written[0]?.files[0]?.sha256 ?? ''}  ${stem}-10.safetensors`,
    ]);
  });

  it('go on past what is refused, and replace only where that is wanted', async () => {
    const items: ExportBatch['items'] = [
      { reference: run, format: 'npz', checkpoint: 7 },
      { reference: run, format: 'bundle', withWeights: true },
      { reference: run, format: 'npz' },
    ];
    const first = await exportTo('again', items);
    expect(first.refused).toMatchObject([
      { checkpoint: 7, code: 'checkpoint/unknown-step' },
      { withWeights: true, code: 'export/no-weights' },
    ]);
    expect(first.written).toHaveLength(1);
    expect((await exportTo('again', items)).refused.map(({ code }) => code)).toEqual([
      'checkpoint/unknown-step',
      'export/no-weights',
      'export/exists',
    ]);
    expect((await exportTo('again', items, true)).written).toHaveLength(1);
  });

  it('given up leave nothing half done', async () => {
    const givenUp = new AbortController();
    const stop = lab.subscribe((name, event) => {
      if (name === 'export.progress' && 'done' in event && event.done === 1) givenUp.abort();
    });
    const report = await exportTo(
      'given-up',
      [
        { reference: run, format: 'pth' },
        { reference: run, format: 'npz' },
        { reference: run, format: 'safetensors' },
      ],
      false,
      givenUp.signal,
    );
    stop();
    expect(report.written).toHaveLength(1);
    const names = readdirSync(join(folder, 'given-up'));
    expect(names.filter((name) => name.endsWith('.tmp') || name.includes('.npz'))).toEqual([]);
  });

  it('are no downloads where no browser could fetch them', async () => {
    const download = lab.handlers['exports.run']({
      ...{ items: [{ reference: run, format: 'csv' }], to: { kind: 'download' }, job: 'another' },
    });
    await expect(download).rejects.toMatchObject({ code: 'export/no-download' });
    expect(existsSync(join(folder, 'csv'))).toBe(false);
  });
});
