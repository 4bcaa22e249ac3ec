import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import {
  endingWords,
  methodLook,
  modelWord,
  openInterruptions,
  outcomeReason,
  resultWords,
  runTitle,
  settingWords,
  titleWithoutSeed,
} from './run-words.ts';

describe('the name of a run', () => {
  it('is that of its method and seed unless somebody gave it another', () => {
    expect(runTitle(runOf('gradient-norm', 17, 90))).toBe('Gradient norm, seed 17');
    expect(runTitle(runOf('gradient-norm', 17, 90, {}, { name: 'long one' }))).toBe('long one');
  });

  it('goes without the seed where the seed has a column', () => {
    expect(titleWithoutSeed(runOf('gradient-norm', 17, 90, {}, { name: 'Gradient norm, seed 17' }))).toBe(
      'Gradient norm',
    );
    expect(titleWithoutSeed(runOf('gradient-norm', 17, 90, {}, { name: 'long one' }))).toBe('long one');
  });
});

describe('what a run is made of', () => {
  it('names the model by its widths', () => {
    expect(modelWord({ kind: 'convnet', widths: [8, 8, 'pool', 16], batchNorm: true })).toBe(
      'ConvNet 8-8-16, batch norm',
    );
    expect(modelWord({ kind: 'mlp', widths: [64, 64] })).toBe('MLP 64-64');
    expect(modelWord({ kind: 'mlp', widths: [] })).toBe('Linear model');
  });

  it('tells the settings that tell methods apart, the most telling first', () => {
    expect(settingWords(runOf('gradient-norm', 1, 90).spec)).toEqual([
      { name: 'λ', value: '0.03' },
      { name: 'batch', value: '500' },
      { name: 'micro', value: '50' },
    ]);
    expect(settingWords(runOf('small-batch', 1, 90).spec)).toEqual([{ name: 'batch', value: '25' }]);
    const grafted = runOf('large-batch', 1, 90, { method: 'iterative-grafting', graft: { norm: 'mean' } });
    expect(settingWords(grafted.spec)[0]).toEqual({ name: 'grafted norm', value: 'mean of the micro-batches' });
  });

  it('keeps the colour of the method and the dash of its family', () => {
    expect(methodLook(runOf('gradient-norm', 1, 90).spec)).toEqual({ series: 3, dash: 2 });
    expect(methodLook(runOf('large-batch', 1, 90).spec)).toEqual({ series: 2, dash: 1 });
  });
});

describe('how a run went', () => {
  it('is its state and its result', () => {
    expect(resultWords(runOf('small-batch', 1, 91.374))).toBe('done, 91.37\u2009%');
    expect(resultWords(runOf('small-batch', 1, null, {}, { status: 'queued' }))).toBe('queued');
    expect(resultWords(runOf('small-batch', 1, 80, {}, { status: 'running', step: 40 }))).toBe('step 40 of 100');
  });

  it('has a reason where it did not end as asked', () => {
    const history = [
      { at: '2026-11-24T10:00:00.000Z', event: 'diverged', reason: 'loss is not finite', step: 7 },
    ] as const;
    const diverged = runOf('gradient-norm', 1, null, {}, { status: 'diverged', step: 7, history: [...history] });
    expect(outcomeReason(diverged)).toBe('loss is not finite, at step 7');
    expect(outcomeReason(runOf('small-batch', 1, 90))).toBe('');
  });

  it('says what is safe and what can be done where it ended badly', () => {
    const error = { code: 'runner/died', message: 'its process was killed' };
    const interrupted = runOf('small-batch', 1, 80, {}, { status: 'interrupted', step: 40, error });
    expect(endingWords(interrupted)).toEqual({
      title: 'Small batch, seed 1 was interrupted at step 40: its process was killed.',
      detail: 'Points up to step 40 are safe. Resuming goes on exactly from its last checkpoint.',
    });
    expect(endingWords(runOf('small-batch', 1, 90))).toBeNull();
  });
});

describe('open interruptions', () => {
  const interrupted = runOf('small-batch', 1, 80, {}, { status: 'interrupted' });

  it('are those that nobody ran again or put aside', () => {
    expect(openInterruptions([interrupted], new Set())).toEqual([interrupted]);
    expect(openInterruptions([interrupted], new Set([interrupted.id]))).toEqual([]);
    expect(openInterruptions([interrupted, runOf('small-batch', 1, 82)], new Set())).toEqual([]);
  });

  it('ask for attention for a week', () => {
    const ended = runOf('small-batch', 1, 80, {}, { status: 'interrupted', endedAt: '2026-11-24T10:00:00.000Z' });
    expect(openInterruptions([ended], new Set(), new Date('2026-11-30T10:00:00Z'))).toEqual([ended]);
    expect(openInterruptions([ended], new Set(), new Date('2026-12-02T10:00:00Z'))).toEqual([]);
  });

  it('stay open while only another seed was run', () => {
    expect(openInterruptions([interrupted, runOf('small-batch', 2, 82)], new Set())).toEqual([interrupted]);
  });
});
