import { expect, it } from 'vitest';
import { runSpec } from '../contracts/run-spec.ts';
import { curve, fixture, useLibrary } from '../../test/import-library.ts';
import { resolveInputs } from '../library/recorded-inputs.ts';

const { library, write, importOne } = useLibrary();

const norms = curve('train/gradient_norm');
const rows = (line: (step: number, value: number) => string): string =>
  norms.map(([step, value]) => `${line(step, value)}\n`).join('');
const table = (header: string) => () => write('norms.csv', `${header}\n${rows((step, value) => [step, value].join())}`);

/** A trace of each kind of file, as its tool writes it; values of event files have single precision. */
const kinds: readonly (readonly [kind: string, file: () => string, values: (value: number) => number])[] = [
  ['an offline run of wandb', () => fixture('offline.wandb'), Number],
  ['an export of a chart of wandb', table('"Step","RegLoss - train/gradient_norm"'), Number],
  ['an event file of TensorBoard', () => fixture('events.out.tfevents.simple'), Math.fround],
  ['a CSV file', table('step,train/gradient_norm'), Number],
  [
    'JSON Lines',
    () =>
      write(
        'norms.jsonl',
        rows((step, value) => JSON.stringify({ step, 'train/gradient_norm': value })),
      ),
    Number,
  ],
];

it.each(kinds)('external grafting follows %s, as a run and as a trace', async (_kind, file, values) => {
  for (const as of ['run', 'trace'] as const) {
    const [item] = await importOne(file(), { as });
    const spec = runSpec.parse({
      ...{ method: 'external-grafting', model: { kind: 'mlp', widths: [] }, dataset: { id: 'fashion-mnist-small' } },
      ...{ batchSize: 100, microBatchSize: 10, learningRate: 0.1, steps: 100 },
      graft: { trace: { run: item?.id } },
    });
    const { folder } = library();
    expect(resolveInputs(spec, folder).graftTrace).toEqual({
      steps: norms.map(([step]) => step),
      values: norms.map(([, value]) => values(value)),
    });
    // The last record, at step 80, holds for one period of 20 steps and no step more.
    expect(() => resolveInputs({ ...spec, steps: 101 }, folder)).toThrow('the trace ends before step 100');
  }
});
