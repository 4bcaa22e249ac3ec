import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueDocument } from '../../src/contracts/command-documents.ts';
import { CommandLine } from '../command-line.ts';
import { Application } from './application.ts';
import { tinySpec } from './runs.ts';

/** The command line beside the built application, on its library. */
describe('verbs beside the desktop application', () => {
  let application: Application;
  const commands = new CommandLine();
  beforeAll(async () => {
    application = new Application();
    await application.shown();
  });
  afterAll(async () => {
    await application.dispose();
    await commands.dispose();
  });

  const note = (): string => join(application.library, 'host-bridge.json');

  it('queue runs that the application trains, and retry one that failed', async () => {
    expect(statSync(note()).mode & 0o777).toBe(0o600);
    const verb = async (...parameters: string[]) => {
      const { stdout, stderr, code } = await commands.run(...parameters, '--library', application.library, '--json');
      if (code !== 0) throw new Error(stderr);
      return queueDocument.parse(JSON.parse(stdout));
    };
    const spec = join(commands.folder, 'spec.json');
    writeFileSync(spec, JSON.stringify(tinySpec));
    const { added } = await verb('queue', 'add', '--spec', spec);
    const run = added?.[0] ?? '';
    const isDone = async (): Promise<boolean> => (await application.call('runs.get', { run })).status === 'done';
    await application.until(isDone);

    // Norms from a file that is not there: who trains finds out.
    const graft = { trace: { file: join(commands.folder, 'missing.csv'), column: 'norm' } };
    const failing = { ...tinySpec, method: 'external-grafting', lambda: undefined, graft };
    writeFileSync(spec, JSON.stringify(failing));
    const failed = (await verb('queue', 'add', '--spec', spec)).added?.[0] ?? '';
    const statusOf = async () => (await application.call('runs.get', { run: failed })).status;
    await application.until(async () => (await statusOf()) === 'failed');
    expect((await verb('queue', 'retry', failed)).added).toEqual([failed]);
    await application.until(async () => (await statusOf()) === 'failed');
    const { history } = await application.call('runs.get', { run: failed });
    expect(history.map(({ event }) => event)).toContain('retried');
  });

  it('find no way in once it has quit', async () => {
    await application.tell({ do: 'close-window' });
    await application.ended;
    expect(existsSync(note())).toBe(false);
  });
});
