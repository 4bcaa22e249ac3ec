import process from 'node:process';
import { describe, expect, it } from 'vitest';
import type { Executor, Program, Session } from '../executors/executor.ts';
import { openSavedModelExecutor } from '../executors/saved-model/index.ts';
import { openTfjsExecutor } from '../executors/tfjs/executor.ts';
import type { MethodSettings } from '../methods/index.ts';
import type { DataSource } from './data-source.ts';
import { ResidentImages } from './resident-images.ts';
import { exampleData, exampleSettings, exampleTrainer } from './trainer-fixture.ts';

const runtime = process.env['MICROBATCH_TEST_RUNTIME'] ?? '';
if (runtime === '') {
  console.warn(
    'SKIPPED: resident images on tfjs-node-gpu. Name a native runtime in MICROBATCH_TEST_RUNTIME to test them.',
  );
}

/** The interpreter with tables that it looks up outside its graph, and the numbers that it was asked for. */
function keepingTables(inner: Executor, asked: number[][]): Executor {
  const load = async ({ tables = {}, functions, ...program }: Program): Promise<Session> => {
    const kept = new Map(
      Object.entries(tables).map(
        ([
          name,
          {
            shape: [count = 0, ...row],
            read,
          },
        ]) => {
          const values = Array.from({ length: count }, (_, index) => read(index, 1).slice());
          const length = row.reduce((product, side) => product * side, 1);
          return [name, (numbers: Uint32Array) => rowsOf(values, numbers, length)] as const;
        },
      ),
    );
    const fed = Object.entries(functions).map(
      ([name, { rows, feeds, ...rest }]) => [name, { ...rest, feeds: { ...feeds, ...rows } }] as const,
    );
    const session = await inner.load({ ...program, functions: Object.fromEntries(fed) });
    const run: Session['run'] = (name, feeds, rows = {}) => {
      const taken: Record<string, Float32Array> = {};
      for (const [table, numbers] of Object.entries(rows)) {
        asked.push([...numbers]);
        taken[table] = kept.get(table)?.(numbers) ?? new Float32Array();
      }
      return session.run(name, { ...feeds, ...taken });
    };
    return {
      run,
      read: (state) => session.read(state),
      write: (state, data) => session.write(state, data),
      dispose: () => session.dispose(),
    };
  };
  return { description: inner.description, tableBytes: 2 ** 20, load };
}

function rowsOf(values: readonly Float32Array[], numbers: Uint32Array, length: number): Float32Array {
  const rows = new Float32Array(numbers.length * length);
  for (const [position, number] of numbers.entries()) rows.set(values[number] ?? [], position * length);
  return rows;
}

/** Two groups to the end of an epoch and one of the next. */
async function trained(executor: Executor, settings: MethodSettings, data: DataSource = exampleData(22)) {
  const trainer = await exampleTrainer(executor, settings, { data });
  const steps = [];
  for (let step = 0; step < 3; step += 1) steps.push(await trainer.takeStep());
  const state = await trainer.capture();
  const evaluation = await trainer.evaluate(data);
  await trainer.dispose();
  return { steps, state, evaluation };
}

const fedOnly = ({ description, load }: Executor): Executor => ({ description, load });

/** One without penalty, one whose penalty is sampled and draws, one with a second pass over the images. */
const methods = ['iterative-grafting, random', 'fisher-trace, sampled', 'sharpness-aware'].map(
  (name) => [name, exampleSettings[name] ?? { method: 'large-batch' }] as const,
);

describe('training images that the executor keeps', () => {
  it('give every step, byte for byte, as fed images do', async () => {
    const inner = await openTfjsExecutor('cpu');
    for (const [method, settings] of methods) {
      const asked: number[][] = [];
      const kept = await trained(keepingTables(inner, asked), settings);
      expect(kept, method).toEqual(await trained(inner, settings));
      expect(new Set(asked.flat())).toEqual(new Set(Array.from({ length: 22 }, (_, index) => index)));
    }
  });

  it('are kept where they fit and nothing augments them', async () => {
    const executor = { ...(await openTfjsExecutor('cpu')), tableBytes: 22 * 16 * 4 };
    const data = exampleData(22);
    expect(ResidentImages.where(executor, data)?.table.shape).toEqual([22, 1, 4, 4]);
    expect(ResidentImages.where(executor, exampleData(23))).toBeUndefined();
    expect(ResidentImages.where(fedOnly(executor), data)).toBeUndefined();
    const augmentation = { draw: () => new Uint8Array(), prepare: () => Promise.reject(new Error('not asked for')) };
    expect(ResidentImages.where(executor, { ...data, augmentation })).toBeUndefined();
  });

  it.skipIf(runtime === '').each(methods)('give the same bytes in a TensorFlow session: %s', async (_, settings) => {
    const executor = await openSavedModelExecutor({ runtime, threads: 1 });
    expect(await trained(executor, settings)).toEqual(await trained(fedOnly(executor), settings));
  });
});
