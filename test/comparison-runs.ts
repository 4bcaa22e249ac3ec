import type { SpecifiedRun } from '../src/contracts/run-record.ts';
import { runSpec } from '../src/contracts/run-spec.ts';
import type { RunSpecInput } from '../src/contracts/run-spec.ts';
import { recordFixture } from '../src/library/run-fixture.ts';
import { groupHash, specHash } from '../src/library/spec-hash.ts';

const common = {
  model: { kind: 'convnet', widths: [8, 'pool'] },
  dataset: { id: 'fashion-mnist-small', trainSize: 500 },
  learningRate: 0.1,
  steps: 100,
} satisfies Partial<RunSpecInput>;

const byMethod = {
  'small-batch': { method: 'small-batch', batchSize: 25 },
  'large-batch': { method: 'large-batch', batchSize: 500, microBatchSize: 50 },
  'gradient-norm': { method: 'gradient-norm', batchSize: 500, microBatchSize: 50, lambda: 0.03 },
} satisfies Record<string, Partial<RunSpecInput>>;

let created = 0;

/** A finished run of a method for tests; `best` in percent. */
export function runOf(
  method: keyof typeof byMethod,
  seed: number,
  best: number | null,
  changes: Partial<RunSpecInput> = {},
  record: Partial<SpecifiedRun> = {},
): SpecifiedRun {
  const spec = runSpec.parse({ ...common, ...byMethod[method], ...changes, seed });
  created += 1;
  return recordFixture({
    id: `${method}-${String(seed)}-${String(created)}`,
    name: '',
    status: 'done',
    spec,
    specHash: specHash(spec),
    groupHash: groupHash(spec),
    createdAt: new Date(Date.UTC(2026, 10, 24, 10, 0, created)).toISOString(),
    best: best === null ? null : { step: 100, 'validation/accuracy': best / 100 },
    ...record,
  });
}
