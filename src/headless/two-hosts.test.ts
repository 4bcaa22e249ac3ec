import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { listDocument } from '../contracts/command-documents.ts';
import { doctorDocument } from '../contracts/doctor.ts';

let commands: CommandLine;
beforeEach(() => {
  commands = new CommandLine();
});
afterEach(() => commands.dispose());

it('two hosts that begin at the same instant in a new library: one has it, the other says so, nothing is lost', async () => {
  const spec = commands.spec({ steps: 2000, evaluateEvery: 500 });
  const started = [1, 2].map(() => commands.start('run', '--spec', spec, '--library', commands.library));
  const outcomes = await Promise.all(started.map(({ ended }) => ended));
  const refused = outcomes.filter(({ code }) => code !== 0);
  // On a busy machine the first may be done before the second begins.
  expect(refused.length).toBeLessThan(2);
  for (const { code, stdout, stderr } of refused) {
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^library\/owned: [^\n]*belongs to [^\n]*\n$/);
  }
  const { runs } = await commands.json(listDocument, 'list');
  expect(runs.map(({ status }) => status)).toEqual(outcomes.filter(({ code }) => code === 0).map(() => 'done'));
  expect(await commands.json(doctorDocument, 'doctor')).toMatchObject({ sound: true, findings: [] });
});
