import { describe, expect, it } from 'vitest';
import { readMetrics } from '../metric-reader.ts';
import { TraceStore } from '../trace-store.ts';
import { previewFile } from './import-files.ts';
import { useLibrary } from '../../../test/import-library.ts';

const { library, at, write, importOne, refusal, pointsOf } = useLibrary();

describe('importing', () => {
  it('the same content again says where it is, until it is forced', async () => {
    const [first] = await importOne(write('curves.csv', 'step,loss\n0,1\n'));
    expect(await refusal(write('copy.csv', 'step,loss\n0,1\n'))).toMatchObject({
      code: 'import/already-there',
      reason: expect.stringContaining(String(first?.id)) as unknown,
    });
    await importOne(at('copy.csv'), { force: true });
    expect((await library().runs.list()).records).toHaveLength(2);
  });

  it('as a trace keeps the curves without making a run', async () => {
    const [item] = await importOne(write('norms.csv', 'step,train/gradient_norm\n0,2\n20,1\n'), { as: 'trace' });
    const traces = new TraceStore(library().folder);
    expect(await traces.list()).toMatchObject([{ id: item?.id, name: 'norms', series: ['train/gradient_norm'] }]);
    expect(readMetrics(traces.metricsFile(String(item?.id)))[0]?.values).toEqual(Float64Array.of(2, 1));
    expect((await library().runs.list()).records).toEqual([]);
  });

  it('takes the step column, names and scales that it is told, and shows them before', async () => {
    const path = write('own.csv', 'tick,acc,loss\n3,55,1\n6,60,2\n');
    const mapping = {
      stepColumn: 'tick',
      columns: [
        { column: 'acc', series: 'validation/accuracy', scale: 0.01 },
        { column: 'loss', series: null, scale: 1 },
      ],
    };
    expect(await previewFile(path, undefined, mapping)).toEqual({
      file: path,
      tool: 'csv',
      runs: [''],
      stepColumn: 'tick',
      columns: [
        { column: 'tick', series: null, scale: 1, reason: 'counts the steps' },
        { column: 'acc', series: 'validation/accuracy', scale: 0.01, reason: 'as asked' },
        { column: 'loss', series: null, scale: 1, reason: 'left out as asked' },
      ],
      rows: [
        { tick: '3', acc: '55', loss: '1' },
        { tick: '6', acc: '60', loss: '2' },
      ],
      notes: [],
    });
    const unknown = { columns: [{ column: 'lost', series: 'x', scale: 1 }], stepColumn: 'tick' };
    expect(await refusal(path, { mapping: unknown })).toMatchObject({ code: 'import/unknown-column' });
    const [item] = await importOne(path, { mapping });
    expect(pointsOf(item?.id)).toEqual({
      'validation/accuracy': [
        [3, 0.55],
        [6, 0.6],
      ],
    });
  });
});
