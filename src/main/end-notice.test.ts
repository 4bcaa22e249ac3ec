import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../contracts/run-record.ts';
import { endNotice, isNoticed } from './end-notice.ts';

const run = (record: Partial<RunRecord>): RunRecord =>
  ({ name: 'Gradient norm, seed 3', status: 'done', step: 400, best: null, error: null, ...record }) as RunRecord;

describe('the notice of a run that ended', () => {
  it('says how it ended and what it came to', () => {
    const best = { step: 300, 'validation/accuracy': 0.8125 };
    expect(endNotice([run({ best })])).toEqual({
      title: 'Gradient norm, seed 3 is done',
      body: 'validation accuracy 81.25 % at step 300',
    });
    expect(endNotice([run({})])).toMatchObject({ body: '400 steps' });
    const error = { code: 'runner/died', message: 'the training process ended by signal SIGKILL' };
    expect(endNotice([run({ status: 'interrupted', error })])).toEqual({
      title: 'Gradient norm, seed 3 was interrupted',
      body: error.message,
    });
    expect(endNotice([run({ status: 'diverged' })])).toMatchObject({ body: 'at step 400' });
  });

  it('counts the runs that ended since, and names the last one', () => {
    expect(endNotice([run({}), run({ status: 'failed' }), run({ name: 'Small batch, seed 1' })])).toEqual({
      title: '3 runs have ended',
      body: '2 done, 1 failed. Last: Small batch, seed 1 is done.',
    });
  });

  it('is not given of what the user did, and of nothing', () => {
    expect((['done', 'failed', 'diverged', 'interrupted'] as const).every(isNoticed)).toBe(true);
    expect((['stopped', 'paused', 'queued', 'running'] as const).some(isNoticed)).toBe(false);
    expect(endNotice([])).toBeNull();
  });
});
