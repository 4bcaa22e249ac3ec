import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../graph/builder.ts';
import { finishFunction } from '../../graph/program.ts';
import type { Program, Session } from '../executor.ts';
import { operationCases, worstError } from '../operation-cases.ts';
import { openSavedModelExecutor } from './index.ts';

const runtime = process.env['MICROBATCH_TEST_RUNTIME'] ?? '';
if (runtime === '') {
  console.warn('SKIPPED: tfjs-node-gpu. Name the folder of a native runtime in MICROBATCH_TEST_RUNTIME to test it.');
}

async function load(program: Program): Promise<Session> {
  const executor = await openSavedModelExecutor({ runtime, threads: 1 });
  return executor.load(program);
}

describe.skipIf(runtime === '')('in TensorFlow operators, as in float64', () => {
  it.each(operationCases)('$name', async (operation) => {
    expect(await worstError(load, operation)).toBeLessThan(1e-5);
  });
});

/** `exchange` swaps two state tensors and clears a third; `add` adds a feed to one and returns it before and after. */
function exchangeProgram(): Program {
  const exchange = new GraphBuilder();
  const left = exchange.input('left', [2]);
  const right = exchange.input('right', [2]);
  const add = new GraphBuilder();
  const total = add.input('left', [2]);
  const step = add.input('step', [2]);
  const sum = add.add(total, step);
  return {
    state: { left: [2], right: [2], filter: [3, 2, 1, 1] },
    functions: {
      exchange: finishFunction(exchange, {
        feeds: {},
        reads: { left, right },
        fetches: {},
        updates: { left: right, right: left, filter: exchange.fill(-2, [3, 2, 1, 1]) },
      }),
      add: finishFunction(add, {
        feeds: { step, unused: add.input('unused', [3]) },
        reads: { left: total },
        fetches: { before: total, after: sum },
        updates: { left: sum },
      }),
    },
  };
}

describe.skipIf(runtime === '')('state of a TensorFlow session', () => {
  it('starts as zeros, is copied in and out, and keeps the sign of zero', async () => {
    const session = await load(exchangeProgram());
    expect(await session.read('left')).toEqual(Float32Array.of(0, 0));
    const data = Float32Array.of(1, -0);
    await session.write('left', data);
    data[0] = 99;
    expect(await session.read('left')).toEqual(Float32Array.of(1, -0));
    await session.dispose();
  });

  it('is read as it was before the call by every update', async () => {
    const session = await load(exchangeProgram());
    await session.write('left', Float32Array.of(1, 2));
    await session.write('right', Float32Array.of(3, 4));
    for (let round = 0; round < 3; round += 1) await session.run('exchange', {});
    expect(await session.read('left')).toEqual(Float32Array.of(3, 4));
    expect(await session.read('right')).toEqual(Float32Array.of(1, 2));
    expect(await session.read('filter')).toEqual(new Float32Array(6).fill(-2));
    await session.dispose();
  });

  it('accumulates, and earlier results keep their numbers', async () => {
    const session = await load(exchangeProgram());
    const unused = new Float32Array(3);
    const first = await session.run('add', { step: Float32Array.of(1, 10), unused });
    const second = await session.run('add', { step: Float32Array.of(2, 20), unused });
    expect(first).toEqual({ before: Float32Array.of(0, 0), after: Float32Array.of(1, 10) });
    expect(second).toEqual({ before: Float32Array.of(1, 10), after: Float32Array.of(3, 30) });
    await session.dispose();
  });

  it('names what is unknown, missing or of the wrong size, and refuses calls after its end', async () => {
    const session = await load(exchangeProgram());
    await expect(session.run('train', {})).rejects.toMatchObject({ code: 'executor/unknown-function' });
    await expect(session.run('add', {})).rejects.toMatchObject({ message: 'feed step of add has no data' });
    expect(() => session.read('middle')).toThrow(expect.objectContaining({ code: 'executor/unknown-state' }));
    await session.dispose();
    await expect(session.run('exchange', {})).rejects.toMatchObject({ code: 'executor/disposed' });
  });

  it('keeps tables, of which a call takes rows by number, also when they are read in more than one go', async () => {
    const rows = 700;
    const builder = new GraphBuilder();
    const images = builder.input('images', [3, 2]);
    const weights = builder.input('weights', [3, 2]);
    const product = builder.multiply(images, weights);
    const pick = finishFunction(builder, {
      feeds: { weights },
      reads: {},
      rows: { images },
      fetches: { product, images },
      updates: {},
    });
    const values = Float32Array.from({ length: rows * 2 }, (_, index) => Math.sin(index));
    const read = (first: number, count: number): Float32Array => values.subarray(2 * first, 2 * (first + count));
    const session = await load({ state: {}, functions: { pick }, tables: { images: { shape: [rows, 2], read } } });
    const feeds = { weights: new Float32Array(6).fill(2) };
    const picked = await session.run('pick', feeds, { images: Uint32Array.of(699, 0, 256) });
    const expected = [699, 0, 256].flatMap((row) => [...values.subarray(2 * row, 2 * row + 2)]);
    expect(picked['images']).toEqual(Float32Array.from(expected));
    expect(picked['product']).toEqual(Float32Array.from(expected, (value) => 2 * value));
    for (const numbers of [Uint32Array.of(0, 1, 700), Uint32Array.of(0, 1)]) {
      await expect(session.run('pick', feeds, { images: numbers })).rejects.toMatchObject({
        code: 'executor/wrong-rows',
        expected: '3 numbers below 700',
      });
    }
    await session.dispose();
  });

  it('does not grow over thousands of calls', async () => {
    const session = await load(exchangeProgram());
    const feeds = { step: Float32Array.of(1, 1), unused: new Float32Array(3) };
    const callMany = async (calls: number): Promise<number> => {
      for (let call = 0; call < calls; call += 1) await session.run('add', feeds);
      return process.memoryUsage().rss;
    };
    const before = await callMany(2000);
    expect((await callMany(8000)) - before).toBeLessThan(16 * 2 ** 20);
    expect(await session.read('left')).toEqual(Float32Array.of(10_000, 10_000));
    await session.dispose();
  });
});
