import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeptEvaluation } from '../contracts/evaluations.ts';
import { keepEvaluation, readEvaluations } from './evaluations-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluations-'));
});
afterEach(() => rm(folder, { recursive: true }));

const evaluation = (changes: Partial<KeptEvaluation>): KeptEvaluation => ({
  ...{ checkpoint: 10, split: 'validation', at: '2026-01-01T00:00:00.000Z' },
  ...{ loss: 1, accuracy: 0.5, top5: 0.9, n: 100, calibrationError: 0.1 },
  ...changes,
});

describe('the evaluations of a run', () => {
  it('are the last one of each checkpoint and split', async () => {
    expect(await readEvaluations(folder)).toEqual([]);
    const first = evaluation({});
    const onTest = evaluation({ split: 'test' });
    const later = evaluation({ checkpoint: 20 });
    const again = evaluation({ accuracy: 0.6 });
    for (const each of [first, onTest, later, again]) await keepEvaluation(folder, each);
    expect(await readEvaluations(folder)).toEqual([onTest, later, again]);
  });

  it('are none where the file is damaged, which is named and not replaced', async () => {
    const damaged = '{"schema": 1, "evalu';
    await writeFile(join(folder, 'evaluations.json'), damaged);
    expect(await readEvaluations(folder)).toEqual([]);
    await expect(keepEvaluation(folder, evaluation({}))).rejects.toMatchObject({
      code: 'evaluate/damaged',
      message: expect.stringContaining(folder) as string,
    });
    expect(await readFile(join(folder, 'evaluations.json'), 'utf8')).toBe(damaged);
  });
});
