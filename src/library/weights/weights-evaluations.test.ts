import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { weightsEvaluation } from '../../contracts/evaluations.ts';
import type { WeightsEvaluation } from '../../contracts/evaluations.ts';
import { keepWeightsEvaluation, readWeightsEvaluations } from './weights-evaluations.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-weights-evaluations-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const evaluation = (dataset: string, split: 'validation' | 'test', accuracy: number): WeightsEvaluation =>
  weightsEvaluation.parse({
    ...{ model: { kind: 'mlp', widths: [8] }, dataset: { id: dataset }, at: '2026-01-01T00:00:00.000Z' },
    figures: {
      ...{ checkpoint: null, split, loss: 1, accuracy, top5: 1, n: 10 },
      ...{ classes: [], confusion: [], calibration: { error: 0, bins: [] } },
    },
  });

it('keeps the last evaluation of weights on each set of images, oldest first', async () => {
  expect(await readWeightsEvaluations(folder)).toEqual([]);
  const [first, other, again] = [
    evaluation('cifar10', 'validation', 0.5),
    evaluation('cifar10', 'test', 0.4),
    evaluation('cifar10', 'validation', 0.6),
  ];
  for (const each of [first, other, again]) await keepWeightsEvaluation(folder, each);
  expect(await readWeightsEvaluations(folder)).toEqual([other, again]);
});

it('replaces no file that cannot be read', async () => {
  writeFileSync(join(folder, 'evaluations.json'), '{"schema": 1');
  await expect(keepWeightsEvaluation(folder, evaluation('cifar10', 'test', 0.4))).rejects.toMatchObject({
    code: 'evaluate/damaged',
  });
});
