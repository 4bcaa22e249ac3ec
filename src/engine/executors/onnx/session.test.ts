import { afterEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../graph/builder.ts';
import { finishFunction } from '../../graph/program.ts';
import type { Program, Session } from '../executor.ts';
import { createOnnxExecutor } from './index.ts';

const open: Session[] = [];

async function load(program: Program, threads = 1): Promise<Session> {
  const executor = await createOnnxExecutor({ threads });
  const session = await executor.load(program);
  open.push(session);
  return session;
}

afterEach(async () => {
  for (const session of open.splice(0)) await session.dispose();
});

/** `exchange` swaps two state tensors; `accumulate` adds a feed to one and returns both. */
function exchangeProgram(): Program {
  const exchange = new GraphBuilder();
  const left = exchange.input('left', [2]);
  const right = exchange.input('right', [2]);
  const accumulate = new GraphBuilder();
  const total = accumulate.input('left', [2]);
  const other = accumulate.input('right', [2]);
  const step = accumulate.input('step', [2]);
  const unused = accumulate.input('unused', [3]);
  const sum = accumulate.add(total, step);
  return {
    state: { left: [2], right: [2] },
    functions: {
      exchange: finishFunction(exchange, {
        feeds: {},
        reads: { left, right },
        fetches: {},
        updates: { left: right, right: left },
      }),
      accumulate: finishFunction(accumulate, {
        feeds: { step, unused },
        reads: { left: total, right: other },
        fetches: { before: total, after: sum, again: sum, other },
        updates: { left: sum },
      }),
    },
  };
}

const unused = new Float32Array(3);

describe('state of an onnx session', () => {
  it('starts as zeros and is copied in and out', async () => {
    const session = await load(exchangeProgram());
    expect(await session.read('left')).toEqual(Float32Array.of(0, 0));
    const data = Float32Array.of(1, 2);
    await session.write('left', data);
    data[0] = 99;
    const copy = await session.read('left');
    copy[1] = 99;
    expect(await session.read('left')).toEqual(Float32Array.of(1, 2));
  });

  it('is read as it was before the call by every update', async () => {
    const session = await load(exchangeProgram());
    await session.write('left', Float32Array.of(1, 2));
    await session.write('right', Float32Array.of(3, 4));
    await session.run('exchange', {});
    expect(await session.read('left')).toEqual(Float32Array.of(3, 4));
    expect(await session.read('right')).toEqual(Float32Array.of(1, 2));
    await session.run('exchange', {});
    expect(await session.read('left')).toEqual(Float32Array.of(1, 2));
  });

  it('accumulates over calls of different functions, and earlier results keep their numbers', async () => {
    const session = await load(exchangeProgram());
    const first = await session.run('accumulate', { step: Float32Array.of(1, 10), unused });
    await session.run('exchange', {});
    await session.run('exchange', {});
    const second = await session.run('accumulate', { step: Float32Array.of(2, 20), unused });
    expect(first).toEqual({
      before: Float32Array.of(0, 0),
      after: Float32Array.of(1, 10),
      again: Float32Array.of(1, 10),
      other: Float32Array.of(0, 0),
    });
    expect(second['after']).toEqual(Float32Array.of(3, 30));
    expect(await session.read('left')).toEqual(Float32Array.of(3, 30));
  });

  it('takes feeds that are windows of a larger array', async () => {
    const session = await load(exchangeProgram());
    const large = Float32Array.of(0, 7, 8, 0);
    await session.run('accumulate', { step: large.subarray(1, 3), unused });
    expect(await session.read('left')).toEqual(Float32Array.of(7, 8));
  });

  it('runs overlapping calls one after the other', async () => {
    const session = await load(exchangeProgram());
    const step = Float32Array.of(1, 1);
    await Promise.all(Array.from({ length: 20 }, () => session.run('accumulate', { step, unused })));
    expect(await session.read('left')).toEqual(Float32Array.of(20, 20));
  });
});

describe('errors of an onnx session', () => {
  it('names what is unknown, missing or of the wrong size', async () => {
    const session = await load(exchangeProgram());
    await expect(session.run('train', {})).rejects.toMatchObject({ code: 'executor/unknown-function' });
    await expect(session.read('middle')).rejects.toMatchObject({ code: 'executor/unknown-state' });
    await expect(session.run('accumulate', { unused })).rejects.toMatchObject({
      code: 'executor/wrong-size',
      message: 'feed step of accumulate has no data',
    });
    await expect(session.write('left', new Float32Array(3))).rejects.toMatchObject({
      code: 'executor/wrong-size',
      expected: '2 numbers for shape [2]',
    });
  });

  it('leaves the state alone when a call fails, and goes on', async () => {
    const session = await load(exchangeProgram());
    await session.run('accumulate', { step: Float32Array.of(1, 2), unused });
    await expect(session.run('accumulate', { step: new Float32Array(1), unused })).rejects.toThrow();
    expect(await session.read('left')).toEqual(Float32Array.of(1, 2));
  });

  it('refuses every call after it was disposed', async () => {
    const executor = await createOnnxExecutor({ threads: 1 });
    const session = await executor.load(exchangeProgram());
    await session.dispose();
    await expect(session.run('exchange', {})).rejects.toMatchObject({ code: 'executor/disposed' });
  });
});

it('describes the library that computes', async () => {
  const { description } = await createOnnxExecutor({ threads: 2 });
  expect(description).toEqual({
    name: 'onnx',
    device: 'CPU, 2 threads',
    version: 'onnxruntime-node 1.30.0',
    deterministic: true,
  });
});
