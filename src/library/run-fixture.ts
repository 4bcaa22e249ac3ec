import { runSpec } from '../contracts/run-spec.ts';
import type { SpecifiedRun } from '../contracts/run-record.ts';
import { groupHash, specHash } from './spec-hash.ts';

/** A queued run's record for tests. */
export function recordFixture(changes: Partial<SpecifiedRun> = {}): SpecifiedRun {
  const spec = runSpec.parse({
    method: 'small-batch',
    model: { kind: 'mlp', widths: [8] },
    dataset: { id: 'fashion-mnist-small', trainSize: 100 },
    batchSize: 10,
    learningRate: 0.1,
    steps: 10,
    seed: 1,
  });
  return {
    schema: 1,
    id: 'sb-1-aaaa',
    name: 'Small batch, seed 1',
    status: 'queued',
    spec,
    specHash: specHash(spec),
    groupHash: groupHash(spec),
    createdAt: '2026-11-24T10:00:00.000Z',
    startedAt: null,
    endedAt: null,
    process: null,
    step: 0,
    seconds: 0,
    best: null,
    final: {},
    resolved: null,
    provenance: {
      app: '0.1.0',
      node: process.version,
      platform: process.platform,
      dataHash: null,
      streams: null,
      starts: [],
    },
    error: null,
    history: [{ at: '2026-11-24T10:00:00.000Z', event: 'created' }],
    ...changes,
  };
}
