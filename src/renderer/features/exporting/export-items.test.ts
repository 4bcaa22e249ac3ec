import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import type { ExportFormat } from '../../../contracts/exports.ts';
import { beganWithWeights, exportItems, formatsOf } from './export-items.ts';

const trained = runOf('small-batch', 1, 70);
const other = runOf('large-batch', 1, 68);
const imported = { ...runOf('small-batch', 2, null), spec: null };
const choice = (...formats: ExportFormat[]) => ({
  formats: new Set(formats),
  checkpoints: new Set(['best', 'last'] as const),
  withWeights: false,
});

describe('the files of an export', () => {
  it('are one for each checkpoint of each run, and one of what a run has as a whole', () => {
    const items = exportItems({ kind: 'runs', runs: [trained, other] }, choice('pth', 'csv'));
    expect(items).toEqual(
      [trained, other].flatMap(({ id }) => [
        { reference: id, format: 'pth', checkpoint: 'best' },
        { reference: id, format: 'pth', checkpoint: 'last' },
        { reference: id, format: 'csv' },
      ]),
    );
  });

  it('of imported runs are their curves alone', () => {
    expect(formatsOf({ kind: 'runs', runs: [imported] })).toEqual(['csv', 'tensorboard', 'bundle']);
    const items = exportItems({ kind: 'runs', runs: [imported, trained] }, choice('onnx', 'csv'));
    expect(items.filter(({ reference }) => reference === imported.id)).toEqual([
      { reference: imported.id, format: 'csv' },
    ]);
  });

  it('of imported weights are what says nothing of a net', () => {
    const weights = {
      ...{ id: 'bcdfghjk', name: 'net', file: 'net.pth', form: 'pth' as const, importedAt: '', parameters: 1 },
      ...{ tensors: [], notes: [], model: null },
    };
    expect(exportItems({ kind: 'weights', weights }, choice('npz', 'onnx', 'csv'))).toEqual([
      { reference: 'bcdfghjk', format: 'npz' },
    ]);
  });

  it('take the weights along only in bundles of runs that began with some', () => {
    const begun = { ...trained, spec: { ...trained.spec, initialWeights: { weights: 'bcdfghjk' } } };
    const subject = { kind: 'runs' as const, runs: [begun, other] };
    expect(beganWithWeights(subject)).toBe(true);
    expect(beganWithWeights({ kind: 'runs', runs: [other] })).toBe(false);
    expect(exportItems(subject, { ...choice('bundle', 'csv'), withWeights: true })).toEqual([
      { reference: begun.id, format: 'csv' },
      { reference: begun.id, format: 'bundle', withWeights: true },
      { reference: other.id, format: 'csv' },
      { reference: other.id, format: 'bundle' },
    ]);
  });
});
