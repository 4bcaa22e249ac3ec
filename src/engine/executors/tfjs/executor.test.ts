import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../graph/builder.ts';
import { finishFunction } from '../../graph/program.ts';
import { operationCases, worstError } from '../operation-cases.ts';
import { openTfjsExecutor } from './executor.ts';

describe.each(['cpu', 'wasm'] as const)('the tfjs interpreter on %s', (backend) => {
  it.each(operationCases)('computes as in float64: $name', async (operation) => {
    const executor = await openTfjsExecutor(backend);
    // The kernels of WebAssembly take another order of sums, and an approximation of the exponential function.
    expect(await worstError((program) => executor.load(program), operation)).toBeLessThan(1e-5);
  });

  it('keeps state between calls, reads it before any update, and frees every other tensor', async () => {
    const builder = new GraphBuilder();
    const first = builder.input('first', [2]);
    const second = builder.input('second', [2]);
    const amount = builder.input('amount', [2]);
    const swap = finishFunction(builder, {
      feeds: { amount },
      reads: { first, second },
      fetches: { sum: builder.add(first, second) },
      updates: { first: second, second: builder.add(first, amount) },
    });
    const executor = await openTfjsExecutor(backend);
    const session = await executor.load({ state: { first: [2], second: [2] }, functions: { swap } });
    await session.write('first', Float32Array.of(1, 2));
    const before = tf.memory().numTensors;
    expect(await session.run('swap', { amount: Float32Array.of(10, 10) })).toEqual({ sum: Float32Array.of(1, 2) });
    await session.run('swap', { amount: Float32Array.of(10, 10) });
    expect(tf.memory().numTensors).toBe(before);
    expect(await session.read('first')).toEqual(Float32Array.of(11, 12));
    expect(await session.read('second')).toEqual(Float32Array.of(10, 10));
    await session.dispose();
  });

  it('names a feed of the wrong size and an unknown function', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2]);
    const double = finishFunction(builder, {
      feeds: { x },
      reads: {},
      fetches: { y: builder.scale(x, 2) },
      updates: {},
    });
    const executor = await openTfjsExecutor(backend);
    const session = await executor.load({ state: {}, functions: { double } });
    await expect(session.run('double', { x: new Float32Array(3) })).rejects.toThrow('feed x has 3 numbers');
    await expect(session.run('triple', {})).rejects.toThrow('the program has no function triple');
    await session.dispose();
  });
});
