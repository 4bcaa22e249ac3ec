import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useLibrary } from '../../../test/import-library.ts';

const { library, write, importOne, refusal, pointsOf, record } = useLibrary();

describe('a table', () => {
  it('may be wide: empty cells are no records, a repeated step keeps its last value, any order will do', async () => {
    const path = write(
      'curves.csv',
      '\uFEFFstep,train/loss,"odd, name"\r\n20,1.75,\r\n0,0.1000000000000000055,3\r\n20,5e-324,4\r\n\r\n10,NaN,-inf\r\n',
    );
    const [item] = await importOne(path);
    expect(item).toMatchObject({ kind: 'run', name: 'curves', series: ['odd, name', 'train/loss'], points: 6 });
    expect(item?.notes).toEqual(['steps that came again: 1; their last value stays']);
    const [again] = await importOne(write('again.csv', 'step,loss\n3,1\n3,2\n'));
    expect(again).toMatchObject({ points: 1, notes: ['steps that came again: 1; their last value stays'] });
    expect(pointsOf(item?.id)).toEqual({
      'train/loss': [
        [0, 0.1],
        [10, Number.NaN],
        [20, 5e-324],
      ],
      'odd, name': [
        [0, 3],
        [10, Number.NaN],
        [20, 4],
      ],
    });
  });

  it('may be long, as `microbatch metrics` prints it: csv, jsonl and json give the same', async () => {
    const csv = write('own.csv', 'series,step,value\ntrain/loss,1,2.3000000000000003\ntrain/loss,2,\n');
    const lines = write(
      'own.jsonl',
      '{"series":"train/loss","step":1,"value":2.3000000000000003}\n{"series":"train/loss","step":2,"value":null}\n',
    );
    const document = write(
      'own.json',
      '{"run":"b2c3d4f5","series":{"train/loss":{"steps":[1,2],"values":[2.3000000000000003,null]}}}\n',
    );
    for (const path of [csv, lines, document]) {
      const [item] = await importOne(path);
      expect(pointsOf(item?.id)).toEqual({
        'train/loss': [
          [1, 2.3000000000000003],
          [2, Number.NaN],
        ],
      });
      expect((await record(item?.id)).origin?.tool).toBe('microbatch');
    }
  });

  it('may be JSON Lines, nested, with numbers as Python writes them', async () => {
    const path = write(
      'log.jsonl',
      '{"step": 0, "loss": {"train": 1.5}}\n{"step": 1, "loss": {"train": NaN}, "x": "a NaN"}\n',
    );
    const [item] = await importOne(path);
    expect(pointsOf(item?.id)).toEqual({
      'loss.train': [
        [0, 1.5],
        [1, Number.NaN],
      ],
    });
    expect(item?.notes).toEqual(['"x": 1 cell holds no number and was left out']);
  });

  it('may be an export of several runs from wandb', async () => {
    const header =
      '"Step","A|0.1|128 - train/loss","A|0.1|128 - train/loss__MIN","A|0.1|128 - train/loss__MAX","B - 2 - train/loss"';
    const items = await importOne(write('wandb.csv', `${header}\n0,1,1,1,2\n1,3,3,3,\n`));
    expect(items.map(({ name }) => name)).toEqual(['A|0.1|128', 'B - 2']);
    expect(pointsOf(items[0]?.id)).toEqual({
      'train/loss': [
        [0, 1],
        [1, 3],
      ],
    });
    expect(pointsOf(items[1]?.id)).toEqual({ 'train/loss': [[0, 2]] });
    expect((await record(items[1]?.id)).origin).toMatchObject({ part: 'B - 2', file: 'wandb.csv' });
  });

  it('may be an export from wandb by an axis of any name, but not of times', async () => {
    const [item] = await importOne(write('axis.csv', '"train/step","a - loss","a - loss__MIN"\n0,1,1\n20,2,2\n'));
    expect(pointsOf(item?.id)).toEqual({
      loss: [
        [0, 1],
        [20, 2],
      ],
    });
    const times = write('times.csv', '"Relative Time (Wall)","a - loss"\n0,1\n20,2\n');
    expect((await refusal(times)).code).toBe('import/no-step-column');
  });

  it('may name what objects have anyway', async () => {
    const path = write('names.jsonl', '{"step": 0, "__proto__": 1, "constructor": 2, "toString": 3}\n');
    const [item] = await importOne(path);
    expect(item?.series).toEqual(['__proto__', 'constructor', 'toString']);
    const { records, damaged } = await library().runs.list();
    expect(damaged).toEqual([]);
    expect(JSON.stringify(records[0]?.final)).toBe('{"__proto__":1,"constructor":2,"toString":3}');
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });

  it('says what it lacks, and leaves nothing behind', async () => {
    const refusals: readonly (readonly [name: string, content: string, code: string, reason: RegExp])[] = [
      ['none.csv', 'time,loss\n1,2\n', 'import/no-step-column', /"loss".*--step-column/],
      ['half.csv', 'step,loss\n0.5,2\n', 'import/bad-step', /row 2 .*"0\.5"/],
      ['negative.csv', 'step,loss\n-1,2\n', 'import/bad-step', /whole steps from 0/],
      ['huge.csv', 'step,loss\n1e300,2\n', 'import/bad-step', /1e300/],
      ['words.csv', 'step,note\n1,two\n', 'import/no-series', /"note"/],
      ['header.csv', 'step,loss\n', 'import/no-series', /no recorded numbers/],
      ['uneven.csv', 'step,loss\n1,2\n2\n', 'import/damaged-file', /line 3/],
      ['twice.csv', 'step,loss,loss\n1,2,3\n', 'import/damaged-file', /"loss" twice/],
      ['quote.csv', 'step,loss\n1,"2\n', 'import/damaged-file', /never closed/],
      ['quotes.csv', 'step,note,loss\n0,"\n'.concat('1,2,3\n'.repeat(300_000)), 'import/damaged-file', /never closed/],
      ['comma.csv', 'step;loss;accuracy\n1;0,5;0.5\n', 'import/decimal-comma', /row 2 .*"0,5"/],
      ['empty.csv', '', 'import/empty', /is empty/],
      ['cut.jsonl', '{"step":0,"loss":1}\n{"step":1,"lo', 'import/damaged-file', /line 2/],
      ['deep.jsonl', '{"step":0,"x":'.concat('['.repeat(100_000), '\n'), 'import/damaged-file', /line 1/],
      ['deep.json', '['.repeat(3_000_000), 'import/damaged-file', /line 1/],
      ['zip.csv', 'PK\x03\x04\x14\0\0\0', 'import/unknown-format', /no form that can be imported/],
    ];
    for (const [name, content, code, reason] of refusals) {
      const found = await refusal(write(name, content));
      expect({ name, code: found.code }).toEqual({ name, code });
      expect(found.reason).toMatch(reason);
    }
    expect(readdirSync(join(library().folder, 'runs'))).toEqual([]);
  });

  it('is refused at a line that has no end', async () => {
    const line = Buffer.alloc(8 * 2 ** 20, 'x');
    expect(await refusal(write('line.csv', line))).toMatchObject({
      reason: expect.stringMatching(/longer than 4 MiB/) as unknown,
    });
    line.write('{"step":0,"x":"');
    expect(await refusal(write('line.jsonl', line))).toMatchObject({
      reason: expect.stringMatching(/longer than 4 MiB/) as unknown,
    });
  });
});
