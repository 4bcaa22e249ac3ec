import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine, RunningCommand } from '../../test/command-line.ts';

const commands = new CommandLine();
const library = ['--library', commands.library];
const preset = ['run', '--preset', 'quickstart-small-batch'];

beforeAll(async () => {
  const { code, stderr } = await commands.run(
    'run',
    '--spec',
    commands.spec({ steps: 2 }),
    '--seeds',
    '1,2',
    ...library,
  );
  if (code !== 0) throw new Error(stderr);
  commands.write('file', '');
  commands.write('not.json', '{ "method": ');
  commands.write('wrong.json', JSON.stringify({ method: 'small-batch', lr: 3 }));
});
afterAll(() => commands.dispose());

const path = (name: string): string => join(commands.folder, name);

const failure = 1;
const wrongUsage = 2;

/** Every refusal is one line on stderr, nothing on stdout. */
async function refusal(parameters: readonly string[]): Promise<{ code: number | null; line: string }> {
  const { code, stdout, stderr } = await commands.run(...parameters);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  return { code, line: stderr };
}

describe('wrong usage ends with code 2 and one line', () => {
  it.each([
    ['an unknown verb', ['frobnicate'], /^usage\/unknown-command: .*'frobnicate'.* --help shows the verbs/],
    ['an unknown option', ['list', '--frob'], /^usage\/unknown-option: .*'--frob'.* list --help shows what it takes/],
    ['a missing argument', ['show'], /^usage\/missing-argument: .*'run'/],
    ['neither preset nor spec', ['run'], /^usage\/conflicting-option: one of --preset and --spec is needed/],
    ['executors tried in a run', [...preset, '--every-executor'], /^usage\/missing-option: .* it needs --dry-run/],
    ['both preset and spec', [...preset, '--spec', 'a'], /^usage\/conflicting-option: /],
    [
      'a seed that is no number',
      [...preset, '--seeds', '1,x'],
      /^usage\/invalid-argument: .*'--seeds <list>'.*whole number/,
    ],
    ['a change without a value', [...preset, '--set', 'steps'], /^usage\/invalid-argument: .*path=value/],
    ['an unknown form of output', ['metrics', 'x', '--format', 'xml'], /^usage\/invalid-argument: .*csv, json, jsonl/],
    ['a port out of range', ['serve', '--port', '70000'], /^usage\/invalid-argument: .*0 to 65535/],
  ])('%s', async (_, parameters, message) => {
    const { code, line } = await refusal(parameters);
    expect(line).toMatch(message);
    expect(code).toBe(wrongUsage);
  });

  it('a call without a verb shows the verbs', async () => {
    const { code, stderr } = await commands.run();
    expect(code).toBe(wrongUsage);
    expect(stderr).toMatch(/^Usage: microbatch/);
  });
});

describe('a failure ends with code 1 and one line that says what, what was expected and what to do', () => {
  it.each([
    ['a spec file that is missing', () => ['run', '--spec', path('none.json')], /^spec\/unreadable: .*no such file/],
    ['a spec file that is not JSON', () => ['run', '--spec', path('not.json')], /^spec\/not-json: .*not\.json/],
    ['a spec with wrong fields', () => ['run', '--spec', path('wrong.json')], /^spec\/invalid: .*model: .*more/],
    [
      'an unknown preset',
      () => ['run', '--preset', 'nope'],
      /^preset\/unknown: .*nope\. Expected: quickstart-small-batch/,
    ],
    ['an unknown executor', () => [...preset, '--executor', 'abacus'], /^executor\/unknown: .*abacus.*onnx/],
    ['an unknown data set', () => [...preset, '--set', 'dataset.id=x', ...library], /^data\/unknown-dataset: /],
    ['an unknown field', () => [...preset, '--set', 'lr=1'], /^spec\/no-such-field: lr .*learningRate/],
    ['a path that leads nowhere', () => [...preset, '--set', 'steps.x=1'], /^spec\/no-such-field: /],
    ['a library that is missing', () => ['list', '--library', path('nowhere')], /^library\/missing: .*nowhere/],
    ['a folder that is no library', () => ['list', '--library', commands.folder], /^library\/not-a-library: /],
    ['a file in place of a library', () => [...preset, '--library', path('file')], /^library\/not-a-folder: /],
    ['a file above a library', () => [...preset, '--library', path('file/x')], /^library\/read-only: /],
    ['an unknown run', () => ['show', 'zzz', ...library], /^run\/unknown: there is no run zzz/],
    ['an ambiguous name', () => ['show', 'twin', ...library], /^run\/ambiguous: twin means 2 runs: \w+, \w+\./],
    [
      'an unknown series',
      () => ['metrics', 'Small batch, seed 1', '--series', 'x', ...library],
      /^metrics\/unknown-series: .*train\/loss/,
    ],
    [
      'a comparison of nothing',
      () => ['compare', 'Small batch, seed 1', '--metric', 'x', ...library],
      /^metrics\/unknown-series: /,
    ],
    [
      'a filter for no field',
      () => ['list', '--filter', 'color:1..3', ...library],
      /^filter\/unknown-field: color:1\.\.3 /,
    ],
    [
      'a filter that no run can fit',
      () => ['list', '--filter', 'steps>abc', ...library],
      /^filter\/impossible: steps>abc asks for no number/,
    ],
    [
      'such a filter of replay-stop',
      () => ['replay-stop', '--accuracy-reached', '0.8', '--filter', 'seed:3..1', ...library],
      /^filter\/impossible: seed:3\.\.1 is a range that ends before it begins/,
    ],
  ])('%s', async (what, parameters, message) => {
    if (what === 'an ambiguous name') await makeTwins();
    const { code, line } = await refusal(parameters());
    expect(line).toMatch(message);
    expect(code).toBe(failure);
  });

  async function makeTwins(): Promise<void> {
    for (const seeds of ['1', '2']) {
      await commands.run('run', '--spec', commands.spec({ steps: 1 }), '--seeds', seeds, '--name', 'twin', ...library);
    }
  }
});

/** Root may write everywhere: there another user stands in for one who may not. */
const stranger = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const canStandIn = spawnSync(process.execPath, [import.meta.filename], stranger).error === undefined;
if (!canStandIn)
  console.warn('SKIPPED: a library that cannot be written, because no user without rights can start Node here');

describe.skipIf(!canStandIn)('a library that cannot be written', () => {
  const asStranger = (...parameters: string[]) =>
    new RunningCommand([...parameters, ...library], {
      home: path('home-of-stranger'),
      ...('uid' in stranger ? { user: stranger.uid } : {}),
    }).ended;

  beforeAll(() => {
    chmodSync(commands.folder, 0o755);
    spawnSync('chmod', ['-R', 'a-w,a+rX', commands.library]);
  });
  afterAll(() => {
    spawnSync('chmod', ['-R', 'u+w', commands.library]);
  });

  it('is read', async () => {
    const listed = await asStranger('list');
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    const metrics = await asStranger('metrics', 'Small batch, seed 2', '--series', 'train/loss');
    expect(metrics).toMatchObject({ code: 0, stderr: '' });
    expect(metrics.stdout).toMatch(/^series,step,value\ntrain\/loss,1,/);
  });

  it('refuses runs in one line', async () => {
    const { code, stdout, stderr } = await asStranger('run', '--spec', commands.spec());
    expect({ code, stdout }).toEqual({ code: failure, stdout: '' });
    expect(stderr).toMatch(/^library\/read-only: .*cannot be written\..* Remedy: [^\n]*\n$/);
  });

  it('cannot be made where the folder above allows nothing', async () => {
    mkdirSync(path('sealed'), { mode: 0o555 });
    const command = new RunningCommand(['run', '--spec', commands.spec(), '--library', path('sealed/new')], {
      home: path('home-of-stranger'),
      ...('uid' in stranger ? { user: stranger.uid } : {}),
    });
    const { code, stderr } = await command.ended;
    expect(code).toBe(failure);
    expect(stderr).toMatch(/^library\/read-only: [^\n]*\n$/);
  });
});
