import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import {
  checkpointsDocument,
  libraryPruneDocument,
  pruneDocument,
  runDocument,
  shownRun,
  verifyDocument,
} from '../contracts/command-documents.ts';

let commands: CommandLine;
beforeEach(() => {
  commands = new CommandLine();
});
afterEach(() => commands.dispose());

const library = (): string[] => ['--library', commands.library];
const short = { steps: 40, logEvery: 5, evaluateEvery: 20, checkpoints: { every: 20 } };

async function outcomeOf(...parameters: string[]): Promise<{ run: string; status: string; steps: number }> {
  const { runs } = await commands.json(runDocument, ...parameters);
  return runs[0] ?? { run: '', status: 'none', steps: 0 };
}

describe('resume', () => {
  it('goes on from where Ctrl-C paused a run, as the line that it left says', async () => {
    const command = commands.start(
      'run',
      '--spec',
      commands.spec({ ...short, steps: 20_000, evaluateEvery: 1000, checkpoints: { every: 5000 } }),
      ...library(),
      '--json',
    );
    await command.says(/Training/);
    command.signal('SIGINT');
    const { stderr, stdout } = await command.ended;
    const paused = runDocument.parse(JSON.parse(stdout)).runs[0];
    const id = paused?.run ?? '';
    expect(stderr).toContain(`resume ${id}`);
    const { checkpoints } = await commands.json(checkpointsDocument, 'checkpoints', 'list', id);
    if (paused?.status === 'paused' && paused.steps > 0) expect(checkpoints.at(-1)?.step).toBe(paused.steps);
    expect(await outcomeOf('resume', id)).toMatchObject({ run: id, status: 'done', steps: 20_000 });
  });

  it('refuses a run that is done, and one that is not there', async () => {
    const { run } = await outcomeOf('run', '--spec', commands.spec(short));
    for (const [reference, code] of [
      [run, 'run/wrong-status'],
      ['nobody', 'run/unknown'],
    ] as const) {
      const outcome = await commands.start('resume', reference, ...library()).ended;
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toContain(`${code}: `);
    }
  });
});

describe('fork, verify and checkpoints', () => {
  it('work on the checkpoints of a run', async () => {
    const { run } = await outcomeOf('run', '--spec', commands.spec(short));
    const fork = await outcomeOf('fork', run, '--at', '20', '--set', 'learningRate=0.01', '--set', 'steps=50');
    expect(fork).toMatchObject({ status: 'done', steps: 50 });
    const shown = await commands.json(shownRun, 'show', fork.run);
    expect(shown).toMatchObject({ parent: { run, step: 20 }, spec: { learningRate: 0.01 } });

    const certificate = await commands.json(verifyDocument, 'verify', run);
    expect(certificate).toMatchObject({ outcome: 'verified', replay: { from: 20, to: 40, equal: true } });
    const { stdout } = await commands.start('show', run, ...library()).ended;
    expect(stdout).toMatch(/certificate +verified .* the same bytes/);

    const all = ['checkpoints', 'prune', '--all', '--total', '0', '--filter', 'steps:50', '--dry-run'];
    const planned = await commands.json(libraryPruneDocument, ...all);
    expect(planned.runs.map((plan) => plan.run)).toEqual([fork.run]);
    const labels = planned.runs.flatMap((plan) => plan.keep.map((entry) => entry.labels.join()));
    for (const label of labels) expect(label).toMatch(/best|last/);
    const { remove, keep } = await commands.json(pruneDocument, 'checkpoints', 'prune', fork.run, '--dry-run');
    expect(remove.length + keep.length).toBe(
      (await commands.json(checkpointsDocument, 'checkpoints', 'list', fork.run)).checkpoints.length,
    );
  });

  it('fork refuses what no fork can change, and wants a step', async () => {
    const { run } = await outcomeOf('run', '--spec', commands.spec(short));
    const refused = await commands.start('fork', run, '--at', '20', '--set', 'seed=9', ...library()).ended;
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('fork/fixed-setting: ');
    expect(await commands.start('fork', run, ...library()).ended).toMatchObject({ code: 2 });
  });
});
