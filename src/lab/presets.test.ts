import { describe, expect, it } from 'vitest';
import { methodIds } from '../contracts/methods.ts';
import { runSpec } from '../contracts/run-spec.ts';
import { findPreset, presets } from './presets.ts';

describe('presets', () => {
  it('have names and labels of their own, and specs as the schema leaves them', () => {
    expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length);
    expect(new Set(presets.map(({ label }) => label)).size).toBe(presets.length);
    for (const { spec } of presets) expect(runSpec.parse(spec)).toEqual(spec);
  });

  it('offer every method but the ones kept for comparison at the quickstart’s size', () => {
    const offered = presets.filter(({ name }) => name.startsWith('quickstart-')).map(({ spec }) => spec.method);
    expect(methodIds.filter((id) => !offered.includes(id))).toEqual(['gradient-norm-unsquared']);
  });

  it('hold the tables of the study: 17 cells of the main one, where VGG-11 has no unit Jacobian, 4, 5 and 20 of the others', () => {
    const count = (table: string): number => presets.filter(({ name }) => name.startsWith(`study-${table}-`)).length;
    expect(['main', 'large-micro-batch', 'sample-micro-batch', 'grafting'].map(count)).toEqual([17, 4, 5, 20]);
  });

  it.each([
    ['study-main-resnet18-cifar100-large-batch', { learningRate: 0.5, batchSize: 5120, microBatchSize: 128 }],
    ['study-main-vgg11-cifar10-average-jacobian', { learningRate: 0.01, lambda: 2e-5, microBatchSize: 100 }],
    ['study-main-resnet18-cifar10-small-batch', { learningRate: 0.1, batchSize: 128 }],
    ['study-large-micro-batch-vgg11-cifar10-gradient-norm-m2500', { lambda: 0.25, microBatchSize: 2500 }],
    ['study-sample-micro-batch-vgg11-cifar10-gradient-norm-m50', { lambda: 0.25, microBatchSize: 50, sample: true }],
    ['study-grafting-vgg16-bn-cifar100-normalized-gradient', { learningRate: 0.4322 }],
    ['study-grafting-resnet18-cifar100-iterative-grafting', { learningRate: 0.1 }],
  ])('%s', (name, settings) => {
    expect(findPreset(name).spec).toMatchObject(settings);
  });
});
