import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../../test/open-lab.ts';
import { answerCall } from '../contracts/calls.ts';
import type { Lab } from './lab.ts';

let folder: string;
let lab: Lab;
let run: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-evaluations-'));
  ({ lab } = await openTestLab(folder));
  run = await startRun(lab, tinySpec);
  await untilRun(lab, run, hasEnded);
}, 60_000);
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true });
});

describe('an evaluation', () => {
  it('of a checkpoint tells how far it is, and is kept with its run with all figures', async () => {
    const told: string[] = [];
    const stop = lab.subscribe((name, event) => {
      if (name === 'evaluation.progress' && 'fraction' in event && 'job' in event) told.push(event.job);
      if (name === 'evaluations.changed') told.push(name);
    });
    const figures = await lab.handlers['evaluations.run']({
      ...{ of: { kind: 'checkpoint', run, checkpoint: 'last' }, split: 'validation', job: 'one' },
    });
    stop();
    expect(figures).toMatchObject({ checkpoint: tinySpec.steps, split: 'validation' });
    expect(figures.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(figures.n);
    expect(told[0]).toBe('one');
    expect(told.at(-1)).toBe('evaluations.changed');

    const kept = await lab.handlers['evaluations.list']({ run });
    expect(kept).toMatchObject([{ checkpoint: tinySpec.steps, split: 'validation', accuracy: figures.accuracy }]);
    const read = (split: 'validation' | 'test') =>
      lab.handlers['evaluations.read']({ run, checkpoint: tinySpec.steps, split });
    expect(await read('validation')).toEqual(figures);
    expect(await read('test')).toBeNull();
  });

  it('whose figures were not kept leaves none of an earlier one in their place', async () => {
    const [evaluation] = await lab.handlers['evaluations.list']({ run });
    if (evaluation === undefined) throw new Error('the evaluation before this one is kept');
    await lab.handlers['runs.keep-evaluation']({ run, evaluation: { ...evaluation, loss: 9 } });
    expect(await lab.handlers['evaluations.read']({ run, checkpoint: tinySpec.steps, split: 'validation' })).toBeNull();
  });

  it('is given up with its call: nothing of it is kept', async () => {
    const before = await lab.handlers['evaluations.list']({ run });
    const givenUp = new AbortController();
    const call = answerCall(
      lab.handlers,
      'evaluations.run',
      { of: { kind: 'checkpoint', run, checkpoint: 'best' }, split: 'validation', job: 'two' },
      { signal: givenUp.signal },
    );
    givenUp.abort();
    await expect(call).rejects.toMatchObject({ code: 'request/cancelled' });
    expect(await lab.handlers['evaluations.list']({ run })).toEqual(before);
  });

  it('says why there is none', async () => {
    const evaluate = (checkpoint: number | 'last', split: 'validation' | 'test') =>
      lab.handlers['evaluations.run']({ of: { kind: 'checkpoint', run, checkpoint }, split, job: 'three' });
    await expect(evaluate(7, 'validation')).rejects.toMatchObject({ code: 'checkpoint/unknown-step' });
    await expect(evaluate('last', 'test')).rejects.toMatchObject({ code: 'evaluate/no-test-split' });
    const { model, dataset } = tinySpec;
    const ofWeights = lab.handlers['evaluations.run']({
      ...{ of: { kind: 'weights', weights: 'nothing-here', model, dataset }, split: 'validation', job: 'four' },
    });
    await expect(ofWeights).rejects.toMatchObject({ code: 'weights/unknown' });
  });
});
