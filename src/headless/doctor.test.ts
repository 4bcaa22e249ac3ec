import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { runDocument } from '../contracts/command-documents.ts';
import { doctorDocument } from '../contracts/doctor.ts';

let commands: CommandLine;
beforeEach(() => {
  commands = new CommandLine();
});
afterEach(() => commands.dispose());

it('doctor names what is damaged, takes it out with --fix, and then finds nothing', async () => {
  const { runs } = await commands.json(runDocument, 'run', '--spec', commands.spec(), '--seeds', '1,2');
  const id = runs[0]?.run ?? '';
  expect(await commands.json(doctorDocument, 'doctor')).toMatchObject({ sound: true, checked: { runs: 2 } });
  writeFileSync(join(commands.library, 'runs', id, 'run.json'), '{');

  const found = await commands.start('doctor', '--library', commands.library, '--json').ended;
  expect(found.code).toBe(1);
  expect(found.stderr).toContain('doctor/damaged: ');
  expect(doctorDocument.parse(JSON.parse(found.stdout)).findings).toMatchObject([{ code: 'run/damaged', done: null }]);

  const fixed = await commands.start('doctor', '--fix', '--library', commands.library).ended;
  expect(fixed).toMatchObject({ code: 0, stderr: '' });
  expect(fixed.stdout).toContain(`runs/${id}`);
  expect(await commands.json(doctorDocument, 'doctor')).toMatchObject({ sound: true, checked: { runs: 1 } });
});
