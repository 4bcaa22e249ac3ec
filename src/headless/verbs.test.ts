import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import {
  compareDocument,
  devicesDocument,
  listDocument,
  metricPoint,
  metricsDocument,
  planDocument,
  runDocument,
  shownRun,
} from '../contracts/command-documents.ts';
import { quickstartSpecs } from '../lab/quickstart-setting.ts';

const commands = new CommandLine();
let small: string[];
let large: string[];

beforeAll(async () => {
  const trained = async (spec: string, ...more: string[]): Promise<string[]> => {
    const { runs } = await commands.json(runDocument, 'run', '--spec', spec, '--seeds', '1,2,3', ...more);
    return runs.map(({ run }) => run);
  };
  small = await trained(commands.spec());
  large = await trained(commands.spec(), '--set', 'method=PseudoGD', '--set', 'batchSize=200', '--set', 'steps=20');
}, 120_000);
afterAll(() => commands.dispose());

const inLibrary = (...parameters: string[]) => commands.run(...parameters, '--library', commands.library);

describe('run', () => {
  it('trains a run for each seed and gives its result as one document', async () => {
    const { runs } = await commands.json(
      runDocument,
      ...['run', '--preset', 'quickstart-small-batch', '--seeds', '7', '--name', 'Mine', '--executor', 'tfjs-cpu'],
      ...['--set', 'model={"kind":"mlp","widths":[]}', '--set', 'dataset.resize=7', '--set', 'steps=2'],
    );
    expect(runs).toEqual([
      expect.objectContaining({
        seed: 7,
        status: 'done',
        steps: 2,
        best: expect.objectContaining({ step: 2 }) as unknown,
      }),
    ]);
    const shown = await commands.json(shownRun, 'show', 'Mine');
    expect(shown).toMatchObject({
      name: 'Mine',
      spec: { executor: 'tfjs-cpu', seed: 7 },
      resolved: { executor: 'tfjs-cpu' },
    });
    expect(shown.spec?.dataset).toEqual({ ...quickstartSpecs['small-batch'].dataset, resize: 7 });
  });

  it('accepts the reference name of a method', async () => {
    const shown = await commands.json(shownRun, 'show', String(large[0]));
    expect(shown.spec?.method).toBe('large-batch');
  });

  it('trains again from a run.json, as written by the run before', async () => {
    const record = await commands.json(shownRun, 'show', String(small[0]));
    const { run, ...rest } = record;
    const file = commands.write('run.json', JSON.stringify({ id: run, schema: 1, ...rest }));
    const { runs } = await commands.json(runDocument, 'run', '--spec', file);
    expect(runs[0]?.seed).toBe(record.spec?.seed);
    const trained = (final: object = {}) => Object.entries(final).filter(([name]) => !name.startsWith('system/'));
    expect(trained(runs[0]?.final)).toEqual(trained(record.final));
  });

  it('says with --dry-run what it would take, and leaves nothing behind', async () => {
    const before = await commands.json(listDocument, 'list');
    const spec = commands.spec({ steps: 400, learningRate: 0.05 });
    const { plan } = await commands.json(planDocument, 'run', '--spec', spec, '--seeds', '1,2', '--dry-run');
    // 7 x 7 inputs to 8 to 10 classes, with biases.
    expect(plan).toMatchObject({ runs: 2, steps: 400, parameters: 49 * 8 + 8 + 8 * 10 + 10, timeFrom: 'trial' });
    expect(plan.gradientEvaluationsPerStep).toBe(20);
    expect(plan.secondsPerRun).toBeGreaterThan(0);
    // Node alone takes more than 30 MB.
    expect(plan.peakBytes).toBeGreaterThan(30e6);
    expect(await commands.json(listDocument, 'list')).toEqual(before);
  });

  it('counts instruments and a penalty on one micro-batch in a dry run, and tries every executor if asked', async () => {
    const spec = commands.spec({
      ...{ method: 'gradient-norm', lambda: 0.1, sample: true, batchSize: 40, microBatchSize: 10 },
      ...{ instruments: [{ id: 'fisher-trace', every: 10 }] },
    });
    const { plan } = await commands.json(planDocument, 'run', '--spec', spec, '--dry-run', '--every-executor');
    // One of four micro-batches is penalised, which takes another backward pass over it and its second derivative.
    expect(plan.gradientEvaluationsPerStep).toBe(3 * 10 + 2 * 10);
    expect(plan.instrumentEvaluationsPerStep).toBe(4);
    const named = Object.fromEntries((plan.executors ?? []).map((executor) => [executor.name, executor]));
    expect(Object.keys(named)).toEqual(['tfjs-node-gpu', 'onnx', 'tfjs-wasm', 'tfjs-cpu']);
    expect(named['tfjs-cpu']?.secondsPerRun).toBeGreaterThan(0);
    expect(named['tfjs-node-gpu']).toMatchObject({ secondsPerRun: null, peakBytes: null });
    expect(named['tfjs-node-gpu']?.reason).toMatch(/native TensorFlow runtime/);
  });

  it('takes the time of a dry run from finished runs of the setting where there are any', async () => {
    const { runs } = await commands.json(listDocument, 'list', '--filter', 'method:small lr:0.1 steps:40');
    const perStep = runs.map(({ seconds, step }) => seconds / step);
    const { plan } = await commands.json(planDocument, 'run', '--spec', commands.spec({ steps: 80 }), '--dry-run');
    expect(plan.timeFrom).toBe('earlier runs');
    expect(plan.secondsPerRun).toBeCloseTo((80 * perStep.reduce((sum, seconds) => sum + seconds)) / perStep.length, 9);
  });

  it('prints a table for people, with its progress elsewhere', async () => {
    const { stdout, stderr, code } = await inLibrary('run', '--spec', commands.spec({ steps: 3 }));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^run +name +status +steps +best accuracy +at step +train loss +time\n\w{8} +Small batch, seed 1/,
    );
    expect(stderr).toMatch(/^Training 1 run\.\n/);
  });
});

describe('list and show', () => {
  it('list the runs that match a filter, newest first', async () => {
    const { runs } = await commands.json(listDocument, 'list', '--filter', 'method:large seed:2..3');
    expect(runs.map(({ run }) => run)).toEqual([large[2], large[1]]);
    expect((await inLibrary('list', '--filter', 'nothing-like-it')).stdout).toBe('No run matches nothing-like-it.\n');
  });

  it('align their columns', async () => {
    const { stdout } = await inLibrary('list');
    const lines = stdout.trimEnd().split('\n');
    const at = String(lines[0]).indexOf('best accuracy') + 'best accuracy'.length;
    for (const line of lines.slice(1)) expect(line.slice(at - 1, at)).toBe('%');
  });

  it('find a run by its id, the beginning of its id or its name', async () => {
    const id = String(large[1]);
    for (const reference of [id, id.slice(0, 7), 'Large batch, seed 2']) {
      expect(await commands.json(shownRun, 'show', reference)).toMatchObject({ run: id, status: 'done' });
    }
    expect((await inLibrary('show', id)).stdout).toMatch(/best accuracy +\d+\.\d\d % at step \d+/);
  });
});

describe('metrics', () => {
  it('prints long CSV, whole or the named series', async () => {
    const { stdout } = await inLibrary('metrics', String(small[0]), '--series', 'validation/accuracy,train/loss');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('series,step,value');
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 2).join(' '))).toEqual([
      ...['validation/accuracy 20', 'validation/accuracy 40'],
      ...['train/loss 1', 'train/loss 20', 'train/loss 40'],
    ]);
    const whole = await inLibrary('metrics', String(small[0]));
    expect(whole.stdout).toContain('\nsystem/seconds,40,');
  });

  it('gives the same points as JSON and as JSON lines', async () => {
    const document = await commands.json(metricsDocument, 'metrics', String(small[0]), '--series', 'train/loss');
    const column = document.series['train/loss'];
    const { stdout } = await inLibrary('metrics', String(small[0]), '--series', 'train/loss', '--format', 'jsonl');
    const points = stdout
      .trimEnd()
      .split('\n')
      .map((line) => metricPoint.parse(JSON.parse(line)));
    expect(points).toEqual(
      column?.steps.map((step, index) => ({ series: 'train/loss', step, value: column.values[index] })),
    );
  });
});

describe('metrics --buckets', () => {
  it('gives count, least, greatest, mean and last value of stretches of a series', async () => {
    const of = [String(small[0]), '--series', 'train/loss'];
    const [series] = [(await commands.json(metricsDocument, 'metrics', ...of)).series['train/loss']];
    const values = (series?.values ?? []).map(Number);
    const { stdout } = await inLibrary('metrics', ...of, '--buckets', '1');
    const [header, ...lines] = stdout.trimEnd().split('\n');
    expect(header).toBe('series,step,count,min,max,mean,last');
    const rows = lines.map((line) => line.split(',').slice(1).map(Number));
    // Two stretches of 40 steps: until step 39, and step 40.
    const [early, late] = [values.slice(0, -1), values.slice(-1)];
    const figures = (step: number, of: readonly number[]): number[] => {
      const mean = of.reduce((sum, value) => sum + value / of.length, 0);
      return [step, of.length, Math.min(...of), Math.max(...of), mean, of.at(-1) ?? Number.NaN];
    };
    expect(rows).toEqual(
      [figures(1, early), figures(40, late)].map((row) => row.map((one) => expect.closeTo(one, 12) as number)),
    );
  });
});

describe('compare', () => {
  it('gives means over seeds and differences paired by seed', async () => {
    const comparison = await commands.json(compareDocument, 'compare', ...small, ...large, '--by', 'method');
    expect(comparison.groups.map(({ group, n, runs }) => ({ group, n, runs }))).toEqual([
      { group: 'small-batch', n: 3, runs: small },
      { group: 'large-batch', n: 3, runs: large },
    ]);
    const [smallBatch, largeBatch] = comparison.groups;
    expect(comparison.paired).toEqual([
      expect.objectContaining({
        a: 'small-batch',
        b: 'large-batch',
        n: 3,
        ci95: [expect.any(Number), expect.any(Number)],
      }),
    ]);
    expect(comparison.paired[0]?.mean).toBeCloseTo((smallBatch?.mean ?? 0) - (largeBatch?.mean ?? 0), 12);
  });

  it('compares any recorded series, a run named twice once', async () => {
    const { groups, metric } = await commands.json(
      compareDocument,
      ...['compare', String(small[0]), String(small[0]), '--metric', 'train/loss'],
    );
    const shown = await commands.json(shownRun, 'show', String(small[0]));
    expect(metric).toBe('train/loss');
    expect(groups).toEqual([expect.objectContaining({ n: 1, mean: shown.final['train/loss'], std: null, ci95: null })]);
  });
});

describe('devices', () => {
  it('tries every executor, says why one cannot be used and what to do, and how much memory is free', async () => {
    const { code, stdout } = await commands.run('devices', '--json');
    expect(code).toBe(0);
    const { executors, memory } = devicesDocument.parse(JSON.parse(stdout));
    expect(executors).toContainEqual(expect.objectContaining({ name: 'onnx', usable: true, reason: null }));
    for (const { usable, reason, remedy } of executors) {
      expect([reason === null, remedy === null]).toEqual([usable, usable]);
    }
    expect(memory.freeBytes).toBeGreaterThan(0);
    expect(memory.freeBytes).toBeLessThanOrEqual(memory.bytes);
  });
});

describe('a reader that leaves early', () => {
  it('ends a long output without an error', async () => {
    const command = commands.start('metrics', String(small[0]), '--library', commands.library);
    command.leave();
    expect(await command.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
