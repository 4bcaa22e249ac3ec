import { afterAll, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import type { RunSpecInput } from '../contracts/run-spec.ts';

const commands = new CommandLine();
afterAll(() => commands.dispose());

describe('a run that cannot go on says at which step, why, and what to do', () => {
  it.each([
    [
      'a loss that is not finite any more',
      { learningRate: 1000, steps: 200 },
      /diverged at step \d+ \((train\/\w+) is not finite\)\. Remedy: a smaller learning rate may keep it finite/,
    ],
    [
      'a penalty that is too strong',
      { method: 'gradient-norm', batchSize: 8, microBatchSize: 4, learningRate: 10, lambda: 1e5, steps: 200 },
      /diverged at step .* Remedy: a smaller learning rate or λ may keep it finite/,
    ],
    [
      'a trace that ends early',
      {
        ...{ method: 'external-grafting', batchSize: 8, microBatchSize: 4, steps: 50 },
        graft: { trace: { file: commands.write('short.csv', 'step,train/gradient_norm\n0,1\n10,1\n20,1\n') } },
      },
      /failed at step 0 \(trace\/too-short: .* below 30\)\. Expected: .* Remedy: train at most 30 steps, or take a longer trace/,
    ],
  ] satisfies [string, Partial<RunSpecInput>, RegExp][])('%s', async (_, settings, expected) => {
    const { code, stderr } = await commands.run(
      'run',
      '--spec',
      commands.spec(settings),
      '--library',
      commands.library,
    );
    expect(code).toBe(1);
    expect(stderr.split('\n').find((line) => line.startsWith('run/not-done: '))).toMatch(expected);
  });
});
