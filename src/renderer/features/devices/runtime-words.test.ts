import { describe, expect, it } from 'vitest';
import { fractionOf, progressWords, speedWords, stateOf } from './runtime-words.ts';

const executor = (name: string, gflops: number | null) => ({
  ...{ name, gflops, usable: gflops !== null, device: null, reason: null, remedy: null },
});

describe('the speed of native TensorFlow', () => {
  it('is the measured one, beside that of onnx', () => {
    expect(speedWords([executor('tfjs-node-gpu', 42), executor('onnx', 16.8)])).toBe(
      '42.0 GFLOP/s here in a small convolution on one thread: 2.50 times the speed of onnx, which comes to 16.8.',
    );
    expect(speedWords([executor('tfjs-node-gpu', 42), executor('onnx', null)])).not.toContain('times');
  });

  it('is promised by no figure where none was measured', () => {
    expect(speedWords([executor('tfjs-node-gpu', null), executor('onnx', 16.8)])).not.toMatch(/\d/);
  });
});

describe('the progress of an installation', () => {
  const progress = { stage: 'fetching', what: 'fetching', line: null } as const;
  it('tells share, size and remaining time as far as they are known', () => {
    const bytes = { done: 50e6, total: 200e6 };
    expect(progressWords({ ...progress, bytes, secondsLeft: 62 })).toBe(
      '25\u2009% of 200\u2009MB, about 1\u2009min left',
    );
    expect(progressWords({ ...progress, bytes, secondsLeft: null })).toBe('25\u2009% of 200\u2009MB');
    const compiling = { ...progress, stage: 'compiling', bytes: null, secondsLeft: null } as const;
    expect([progressWords(compiling), fractionOf(compiling)]).toEqual(['a minute or so', null]);
    expect(fractionOf({ ...progress, bytes, secondsLeft: null })).toBe(0.25);
  });
});

describe('the state of an installed runtime', () => {
  const runtime = { id: 'x', manifest: null, bytes: 0, folder: '/x', problem: null };
  const report = { id: 'x', version: '2', flavour: 'cuda', bytes: 0 } as const;

  it('is not known before it was tried out', () => {
    expect(stateOf(runtime, undefined)).toMatchObject({ usable: null, word: 'Being tried out' });
    expect(stateOf(runtime, null)).toMatchObject({ usable: null, word: 'Not tried out' });
  });

  it('says what a broken one is broken by, and what to do', () => {
    const broken = { ...report, usable: false, reason: 'it does not load', remedy: 'remove it' };
    expect(stateOf(runtime, broken)).toEqual({
      ...{ usable: false, word: 'Broken', reason: 'It does not load', remedy: 'remove it' },
    });
    const problem = { code: 'runtime/bad-manifest', message: 'its manifest is damaged', remedy: 'remove it' };
    expect(stateOf({ ...runtime, problem }, undefined)).toMatchObject({ word: 'Broken', remedy: 'remove it' });
  });

  it('says what a usable one lacks', () => {
    const lacking = { ...report, usable: true, reason: 'uses the processor', remedy: 'see to the driver' };
    expect(stateOf(runtime, lacking)).toMatchObject({ usable: true, word: 'Usable', reason: 'Uses the processor' });
  });
});
