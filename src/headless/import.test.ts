import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { importDocument, listDocument, runDocument, shownRun } from '../contracts/command-documents.ts';

const commands = new CommandLine();
const fixture = resolve(import.meta.dirname, '../../test/fixtures/metrics/offline.wandb');
let curves: string;
let run: string;

beforeAll(async () => {
  curves = commands.write('norms.csv', 'step,train/gradient_norm,train/step_length\n0,2,0.2\n2,1,0.1\n4,0.5,0.05\n');
  const { imported } = await commands.json(importDocument, 'import', curves, fixture);
  run = String(imported[0]?.id);
});
afterAll(() => commands.dispose());

const inLibrary = (...parameters: string[]) => commands.run(...parameters, '--library', commands.library);

describe('import', () => {
  it('makes runs that are listed, shown, printed and compared', async () => {
    const { runs } = await commands.json(listDocument, 'list');
    expect(runs.map(({ name, status, spec }) => ({ name, status, spec }))).toEqual([
      { name: 'RegLoss|0.1|128|5120|0.01-0', status: 'done', spec: null },
      { name: 'norms', status: 'done', spec: null },
    ]);
    const shown = await commands.json(shownRun, 'show', run);
    expect(shown).toMatchObject({
      step: 4,
      final: { 'train/step_length': 0.05 },
      origin: { tool: 'csv', file: 'norms.csv' },
    });
    expect((await inLibrary('metrics', run, '--series', 'train/gradient_norm')).stdout).toBe(
      'series,step,value\ntrain/gradient_norm,0,2\ntrain/gradient_norm,2,1\ntrain/gradient_norm,4,0.5\n',
    );
    const compared = await inLibrary('compare', run, 'RegLoss|0.1|128|5120|0.01-0', '--metric', 'train/gradient_norm');
    expect(compared).toMatchObject({ code: 0, stdout: expect.stringContaining('norms (imported)') as unknown });
  });

  it('gives the norms that another run is trained with', async () => {
    const spec = commands.spec({
      ...{ method: 'external-grafting', graft: { trace: { run }, mode: 'hold' }, microBatchSize: 10 },
      ...{ steps: 5, logEvery: 1, executor: 'tfjs-cpu' },
    });
    const { runs } = await commands.json(runDocument, 'run', '--spec', spec);
    const { stdout } = await inLibrary('metrics', String(runs[0]?.run), '--series', 'train/graft_norm');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => Number(line.split(',')[2]))
        .slice(1),
    ).toEqual([2, 2, 1, 1, 0.5]);
  });

  it('refuses what it cannot read, a line and a code each, and takes in the rest', async () => {
    const good = commands.write('good.csv', 'step,loss\n0,1\n');
    const bad = commands.write('bad.csv', 'step,loss\nx,1\n');
    const { code, stdout, stderr } = await inLibrary('import', bad, good, '/dev/zero', curves, '--json');
    const report = importDocument.parse(JSON.parse(stdout));
    expect(code).toBe(1);
    expect(report.imported.map(({ name }) => name)).toEqual(['good']);
    expect(report.refused.map((one) => one.code)).toEqual([
      'import/bad-step',
      'import/not-a-file',
      'import/already-there',
    ]);
    expect(stderr.trim().split('\n')).toHaveLength(3);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(commands.library).filter((name) => name.startsWith('.import'))).toEqual([]);
    expect(readdirSync(join(commands.library, 'runs')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('shows before what would become of each column', async () => {
    const parameters = ['import', curves, '--map', 'norm=train/gradient_norm', '--map', '=train/step_length'];
    const { code, stdout } = await inLibrary(...parameters, '--preview');
    expect(code).toBe(0);
    expect(stdout).toMatch(/train\/gradient_norm +norm +2 {2}1 {2}0\.5 +as asked/);
    expect(stdout).toMatch(/train\/step_length +– .*left out as asked/);
  });
});
