import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportedItem, ImportReport } from '../../contracts/imports.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { openLibrary } from '../library.ts';
import type { Library } from '../library.ts';
import { readMetrics } from '../metric-reader.ts';
import { TraceStore } from '../trace-store.ts';
import { importFiles, previewFile } from './import-files.ts';
import type { ImportFilesOptions } from './import-files.ts';

const fixtures = resolve(import.meta.dirname, '../../../test/fixtures/metrics');
let folder: string;
let library: Library;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-import-'));
  library = await openLibrary(join(folder, 'library'), { create: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const importAll = (paths: readonly string[], options: Partial<ImportFilesOptions> = {}): Promise<ImportReport> =>
  importFiles({
    ...{ library, paths, as: undefined, mapping: undefined, force: false, app: '0.0.0-test' },
    ...{ staging: mkdtempSync(join(library.folder, '.import-')), progress: () => undefined },
    ...options,
  });

async function importOne(path: string, options: Partial<ImportFilesOptions> = {}): Promise<ImportedItem[]> {
  const { imported, refused } = await importAll([path], options);
  expect(refused).toEqual([]);
  return imported;
}

async function refusal(
  path: string,
  options: Partial<ImportFilesOptions> = {},
): Promise<{ code: string; reason: string }> {
  const { imported, refused } = await importAll([path], options);
  expect(imported).toEqual([]);
  return { code: '', reason: '', ...refused[0] };
}

/** Points by series: [step, value] pairs. */
function pointsOf(id: string): Record<string, [number, number][]> {
  return Object.fromEntries(
    readMetrics(library.runs.metricsFile(id)).map(({ name, steps, values }) => [
      name,
      [...steps].map((step, index): [number, number] => [step, values[index] ?? Number.NaN]),
    ]),
  );
}

const record = (id: string | undefined): Promise<RunRecord> => library.runs.get(String(id));

/** The curves that the fixtures were written with: make_fixtures.py. */
const start = { 'train/loss': 2.3, 'train/gradient_norm': 1.7, 'test/test_accuracy': 40 } as const;
const curve = (series: keyof typeof start, map = (value: number) => value): [number, number][] =>
  [0, 20, 40, 60, 80].map((step) => [step, map(start[series] / (1 + step / 7))]);

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
    expect(pointsOf(String(item?.id))).toEqual({
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
      expect(pointsOf(String(item?.id))).toEqual({
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
    expect(pointsOf(String(item?.id))).toEqual({
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
    expect(pointsOf(String(items[0]?.id))).toEqual({
      'train/loss': [
        [0, 1],
        [1, 3],
      ],
    });
    expect(pointsOf(String(items[1]?.id))).toEqual({ 'train/loss': [[0, 2]] });
    expect((await record(items[1]?.id)).origin).toMatchObject({ part: 'B - 2', file: 'wandb.csv' });
  });

  it('may name what objects have anyway', async () => {
    const path = write('names.jsonl', '{"step": 0, "__proto__": 1, "constructor": 2, "toString": 3}\n');
    const [item] = await importOne(path);
    expect(item?.series).toEqual(['__proto__', 'constructor', 'toString']);
    const { records, damaged } = await library.runs.list();
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
    expect(readdirSync(join(library.folder, 'runs'))).toEqual([]);
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

const fixture = (name: string): string => join(fixtures, name);

describe('an event file', () => {
  it('of the tools for PyTorch holds single precision', async () => {
    const [item] = await importOne(fixture('events.out.tfevents.simple'));
    const points = pointsOf(String(item?.id));
    expect(points).toEqual({
      'train/loss': curve('train/loss', Math.fround),
      'train/gradient_norm': curve('train/gradient_norm', Math.fround),
    });
    expect(await record(item?.id)).toMatchObject({ status: 'done', spec: null, step: 80, seconds: 80 });
  });

  it('of tensorboardX has scalars beside histograms and texts, which are left out', async () => {
    const [item] = await importOne(fixture('events.out.tfevents.tensorboardx'));
    expect(pointsOf(String(item?.id))['train/loss']).toEqual([...curve('train/loss', Math.fround), [100, Number.NaN]]);
    expect(item?.notes).toEqual(['left out 2 tags that hold no scalars']);
  });

  it('of TensorFlow 2 has tensors of several types, by value or as bytes', async () => {
    const [item] = await importOne(fixture('events.out.tfevents.tensors'));
    const points = pointsOf(String(item?.id));
    for (const form of ['values', 'content']) {
      expect(points[`double/${form}`]).toEqual(curve('train/loss'));
      expect(points[`float/${form}`]).toEqual(curve('train/loss', Math.fround));
      expect(points[`half/${form}`]?.map(([, value]) => value)).toEqual([
        2.30078125, 0.59619140625, 0.342529296875, 0.2403564453125, 0.18505859375,
      ]);
    }
  });

  it('may lie in folders: each is a run', async () => {
    for (const name of ['first', 'second']) {
      mkdirSync(join(folder, 'logs', name), { recursive: true });
      copyFileSync(fixture('events.out.tfevents.simple'), join(folder, 'logs', name, 'events.out.tfevents.1.host'));
    }
    const items = await importOne(join(folder, 'logs'));
    expect(items.map(({ name, series }) => ({ name, series }))).toEqual(
      ['first', 'second'].map((name) => ({ name: `logs/${name}`, series: ['train/gradient_norm', 'train/loss'] })),
    );
  });

  it('is refused where a bit is wrong, a length cannot be, or its end is missing', async () => {
    const good = readFileSync(fixture('events.out.tfevents.simple'));
    const wrong = Buffer.from(good);
    wrong[good.length - 10] = Number(wrong[good.length - 10]) ^ 1;
    expect(await refusal(write('wrong', wrong))).toMatchObject({
      code: 'import/damaged-file',
      reason: expect.stringMatching(/does not have its checksum/) as unknown,
    });
    const cut = write('cut', good.subarray(0, good.length - 10));
    expect(await refusal(cut)).toMatchObject({
      code: 'import/cut-off',
      reason: expect.stringMatching(/--force/) as unknown,
    });
    const [item] = await importOne(cut, { force: true });
    expect(item).toMatchObject({ points: 9, notes: ['cut ends within a record: read up to there'] });
  });
});

describe('an offline run of wandb', () => {
  it("has the curves of its history by the study's steps and names, its settings and its name", async () => {
    const [item] = await importOne(fixture('offline.wandb'));
    const points = pointsOf(String(item?.id));
    expect(points['validation/accuracy']).toEqual(curve('test/test_accuracy', (value) => value / 100));
    expect(points['train/gradient_norm']).toEqual(curve('train/gradient_norm'));
    expect(points['train/loss']).toEqual(
      curve('train/loss').map(([step, value]) => [step, step === 40 ? Number.NaN : value]),
    );
    expect(points['nested.inner']).toEqual([0, 20, 40, 60, 80].map((step) => [step, step / 3]));
    const { name, origin, best, final } = await record(item?.id);
    expect({ name, best }).toEqual({
      name: 'RegLoss|0.1|128|5120|0.01-0',
      best: { step: 0, 'validation/accuracy': 0.4 },
    });
    expect(final['train/gradient_norm']).toBe(points['train/gradient_norm']?.at(-1)?.[1]);
    expect(origin).toMatchObject({
      tool: 'wandb',
      settings: { test: 'RegLoss', learning_rate: 0.1, seed: 12, log_steps: '1000, 5000', 'nested.deep.value': 3 },
      renamed: [{ column: 'test/test_accuracy', series: 'validation/accuracy', scale: 0.01 }],
    });
  });

  it('may have records over several blocks of its log', async () => {
    const [item] = await importOne(fixture('long-records.wandb'));
    expect(pointsOf(String(item?.id))['train/loss']).toEqual([0, 1, 2].map((step) => [step, 2.3 / (1 + step / 7)]));
  });

  it('is read from its folder, and refused where a bit is wrong or its end is missing', async () => {
    const run = join(folder, 'offline-run-20260101_000000-abc');
    mkdirSync(run);
    copyFileSync(fixture('offline.wandb'), join(run, 'run-abc.wandb'));
    expect((await importOne(run))[0]?.name).toBe('RegLoss|0.1|128|5120|0.01-0');
    copyFileSync(fixture('long-records.wandb'), join(run, 'run-def.wandb'));
    const [other] = await importOne(folder);
    expect(other).toMatchObject({
      series: ['train/loss'],
      notes: expect.arrayContaining([expect.stringMatching(/there already/)]) as unknown,
    });
    const good = readFileSync(fixture('offline.wandb'));
    const wrong = Buffer.from(good);
    wrong[200] = Number(wrong[200]) ^ 1;
    expect((await refusal(write('wrong.wandb', wrong))).code).toBe('import/damaged-file');
    expect((await refusal(write('cut.wandb', good.subarray(0, 4000)))).code).toBe('import/cut-off');
  });
});

describe('importing', () => {
  it('the same content again says where it is, until it is forced', async () => {
    const [first] = await importOne(write('curves.csv', 'step,loss\n0,1\n'));
    expect(await refusal(write('copy.csv', 'step,loss\n0,1\n'))).toMatchObject({
      code: 'import/already-there',
      reason: expect.stringContaining(String(first?.id)) as unknown,
    });
    await importOne(join(folder, 'copy.csv'), { force: true });
    expect((await library.runs.list()).records).toHaveLength(2);
  });

  it('as a trace keeps the curves without making a run', async () => {
    const [item] = await importOne(write('norms.csv', 'step,train/gradient_norm\n0,2\n20,1\n'), { as: 'trace' });
    const traces = new TraceStore(library.folder);
    expect(await traces.list()).toMatchObject([{ id: item?.id, name: 'norms', series: ['train/gradient_norm'] }]);
    expect(readMetrics(traces.metricsFile(String(item?.id)))[0]?.values).toEqual(Float64Array.of(2, 1));
    expect((await library.runs.list()).records).toEqual([]);
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
    expect(pointsOf(String(item?.id))).toEqual({
      'validation/accuracy': [
        [3, 0.55],
        [6, 0.6],
      ],
    });
  });
});
