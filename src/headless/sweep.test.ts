import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { queueDocument, sweepDocument, sweepPlanDocument, sweepsDocument } from '../contracts/command-documents.ts';

let commands: CommandLine;
beforeEach(() => {
  commands = new CommandLine();
});
afterEach(() => commands.dispose());

const base = {
  method: 'large-batch',
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 200, resize: 7 },
  batchSize: 40,
  microBatchSize: 20,
  learningRate: 0.1,
  steps: 10,
};
const sweepFile = (rest: object): string => commands.write('sweep.json', JSON.stringify({ base, ...rest }));

describe('sweep', () => {
  it('trains every combination in the foreground, and gives settings with their replicates', async () => {
    const file = sweepFile({ axes: { learningRate: [0.1, 0.2], seed: [1, 2] } });
    const document = await commands.json(sweepDocument, 'sweep', '--spec', file);
    expect(document.runs.map(({ status, steps }) => [status, steps])).toEqual(
      Array.from({ length: 4 }, () => ['done', 10]),
    );
    expect(document.settings.map(({ values, n, mean, std }) => [values, n, typeof mean, typeof std])).toEqual([
      [{ learningRate: 0.1 }, 2, 'number', 'number'],
      [{ learningRate: 0.2 }, 2, 'number', 'number'],
    ]);

    const again = await commands.run('sweep', '--spec', file, '--library', commands.library);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/^sweep\/nothing-new: /) as string });

    const more = await commands.json(sweepDocument, 'sweep', document.sweep.slice(0, 6), '--add-seeds', '3');
    expect(more.settings.map(({ n }) => n)).toEqual([3, 3]);
    const { sweeps } = await commands.json(sweepsDocument, 'sweep', '--list');
    expect(sweeps).toEqual([more]);
  });

  it('says with --dry-run what it would take, writing nothing', async () => {
    const file = sweepFile({ axes: { 'dataset.trainSize': [100, 200] }, settings: [{ steps: 5 }, { steps: 50 }] });
    const { plan } = await commands.json(sweepPlanDocument, 'sweep', '--spec', file, '--dry-run');
    expect(plan).toMatchObject({ settings: 4, runs: 4, seeds: [1], existing: [], problems: [] });
    expect(plan.seconds).toBeGreaterThan(0);
    expect(plan.rows.map(({ toTrain }) => toTrain)).toEqual([1, 1, 1, 1]);
    expect(existsSync(commands.library)).toBe(false);
  });

  it('names every problem and queues nothing', async () => {
    const file = sweepFile({ axes: { 'dataset.trainSize': [100, 7000], learningRate: [-1, 0.1] } });
    const { code, stdout, stderr } = await commands.run(
      'sweep',
      '--spec',
      file,
      '--queue',
      '--library',
      commands.library,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^sweep\/invalid: 3 settings .*learningRate: expected.*trainSize is 7000/);
    const dry = await commands.run('sweep', '--spec', file, '--dry-run', '--library', commands.library);
    expect(dry.code).toBe(1);
    expect(dry.stdout).toMatch(/not valid: dataset\.trainSize=7000, learningRate=0\.1: dataset\.trainSize is 7000/);
  });

  it('puts its runs into the queue where it is asked to', async () => {
    const file = sweepFile({ sample: 3, axes: { learningRate: { logUniform: [0.01, 1] } } });
    const { runs } = await commands.json(sweepDocument, 'sweep', '--spec', file, '--queue');
    const { entries } = await commands.json(queueDocument, 'queue', 'list');
    expect(entries.map(({ run }) => run)).toEqual(runs.map(({ run }) => run));
    expect(entries[0]?.name).toMatch(/^Large batch, learning rate 0\.\d+, seed 1$/);
  });

  it.each([
    [['sweep'], 2, /^usage\/conflicting-option/],
    [['sweep', '--list', '--add-seeds', '1'], 2, /^usage\/conflicting-option/],
    [['sweep', '--spec', 'nowhere.json'], 1, /^spec\/unreadable/],
  ])('refuses %j', async (parameters, expected, message) => {
    const { code, stderr } = await commands.run(...parameters, '--library', commands.library);
    expect(code).toBe(expected);
    expect(stderr).toMatch(message);
  });
});
