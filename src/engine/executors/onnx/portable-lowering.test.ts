import { describe, expect, it } from 'vitest';
import { operationCases, worstError } from '../operation-cases.ts';
import { findBlock } from './block-probe.ts';
import { OnnxSession } from './session.ts';

const lowerings: [string, number | undefined][] = [['standard', undefined]];
const block = await findBlock();
// Processors without the blocked kernels have nothing more to compare.
if (block !== undefined) lowerings.push([`blocked by ${String(block)}`, block]);

describe.each(lowerings)('in %s operators, as in float64', (_, blockLength) => {
  it.each(operationCases)('$name', async (operation) => {
    const error = await worstError(
      (program) => OnnxSession.load(program, { threads: 1, block: blockLength }),
      operation,
    );
    expect(error).toBeLessThan(1e-5);
  });
});
