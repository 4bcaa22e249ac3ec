import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { importDocument, listDocument, queueDocument, runDocument } from '../contracts/command-documents.ts';
import type { QueueDocument } from '../contracts/command-documents.ts';

let commands: CommandLine;
beforeEach(() => {
  commands = new CommandLine();
});
afterEach(() => commands.dispose());

const library = (): string[] => ['--library', commands.library];
const queue = (...parameters: string[]): Promise<QueueDocument> => commands.json(queueDocument, 'queue', ...parameters);
const names = ({ entries }: QueueDocument): string[] => entries.map(({ name }) => name);

describe('queue', () => {
  it('is filled and put in order without training, then trained in this terminal in that order', async () => {
    const added = await queue('add', '--spec', commands.spec({ steps: 5 }), '--seeds', '1,2', '--name', 'A');
    expect(added.added).toHaveLength(2);
    const urgent = await queue('add', '--spec', commands.spec({ steps: 6 }), '--name', 'B', '--priority', 'high');
    expect(names(urgent)).toEqual(['B', 'A, seed 1', 'A, seed 2']);
    const moved = await queue('move', 'A, seed 2', '--before', 'A, seed 1');
    expect(names(moved)).toEqual(['B', 'A, seed 2', 'A, seed 1']);
    const listed = await queue('list');
    expect(listed.entries[1]).toMatchObject({ place: 2, seed: 2, method: 'small-batch', state: 'ready', reason: null });
    expect(listed.paused).toBe(false);

    const { runs } = await commands.json(runDocument, 'queue', 'start');
    expect(runs.map(({ status, steps }) => [status, steps])).toEqual([
      ['done', 6],
      ['done', 5],
      ['done', 5],
    ]);
    expect(names(await queue('list'))).toEqual([]);
  });

  it('keeps what waits where Ctrl-C ends its training, and rests what trained', async () => {
    await queue(
      'add',
      '--spec',
      commands.spec({ steps: 50_000_000, threads: availableParallelism() }),
      '--seeds',
      '1,2',
    );
    const training = commands.start('queue', 'start', ...library());
    await training.says(/Training 2 runs/);
    await expect
      .poll(async () => (await commands.json(listDocument, 'list', '--filter', 'status:running')).runs[0]?.step ?? 0)
      .toBeGreaterThan(0);
    training.signal('SIGINT');
    await training.ended;
    const { runs } = await commands.json(listDocument, 'list');
    expect(runs.map(({ status }) => status).toSorted()).toEqual(['paused', 'queued']);
  });

  it('names what is blocked and why, at its end and in its list', async () => {
    const { added = [] } = await queue('add', '--spec', commands.spec(), '--name', 'Source');
    const graft = { method: 'external-grafting', graft: { trace: { run: String(added[0]) } } } as const;
    await queue('add', '--spec', commands.spec(graft), '--name', 'Dependent');
    expect(names(await queue('remove', 'Source'))).toEqual(['Dependent']);
    const { code, stderr } = await commands.run('queue', 'start', ...library());
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /queue\/blocked: 1 run could not start; \w+: It takes the trace of Source \(\w+\), which is stopped/,
    );
    const { stdout } = await commands.run('queue', 'list', ...library());
    expect(stdout).toMatch(/Dependent +normal +blocked +It takes the trace of Source/);

    const retried = await queue('retry', 'Source');
    expect(retried.entries.map(({ state }) => state)).toEqual(['waiting', 'ready']);
  });

  it.each([
    [['move', 'x'], 2, /^usage\/conflicting-option: one of --to, --before and --priority/],
    [['move', 'x', '--to', 'moon'], 2, /^usage\/invalid-argument: /],
    [['add'], 2, /^usage\/conflicting-option: one of --preset and --spec/],
    [['remove', 'x'], 1, /^run\/unknown: there is no run x/],
  ])('refuses %j', async (parameters, expected, message) => {
    const { code, stdout, stderr } = await commands.run('queue', ...parameters, ...library());
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('beside a web host that owns the library', () => {
  it('changes go through that host, over a note that only this user can read', async () => {
    const host = commands.start('serve', '--port', '0', ...library());
    await host.says(/^http:\S+$/m);
    const note = statSync(join(commands.library, 'host-bridge.json'));
    expect(note.mode & 0o777).toBe(0o600);
    expect(await queue('pause')).toMatchObject({ paused: true, entries: [] });
    const { added = [] } = await queue('add', '--spec', commands.spec({ steps: 5 }));
    const started = await commands.run('queue', 'start', ...library());
    expect(started).toMatchObject({ code: 0, stderr: 'The host that owns the library trains it.\n' });
    await expect
      .poll(async () => (await commands.json(listDocument, 'list')).runs[0])
      .toMatchObject({ run: added[0], status: 'done' });
    host.signal('SIGINT');
    await host.ended;
    expect(() => statSync(join(commands.library, 'host-bridge.json'))).toThrow(/ENOENT/);
  });

  it('files are previewed and imported by that host', async () => {
    const host = commands.start('serve', '--port', '0', ...library());
    await host.says(/^http:\S+$/m);
    const curves = commands.write('curves.csv', 'step,train/loss\n0,2\n1,1\n');
    const previewed = await commands.run('import', curves, '--preview', ...library());
    expect(previewed).toMatchObject({ code: 0, stdout: expect.stringContaining('train/loss') as unknown });
    const { imported } = await commands.json(importDocument, 'import', curves);
    expect(imported).toMatchObject([{ kind: 'run', name: 'curves', points: 2 }]);
    const again = await commands.run('import', curves, ...library());
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/^import\/already-there: /) as unknown });
    host.signal('SIGINT');
    await host.ended;
  });

  it('a note that a killed host left behind is no host', async () => {
    const host = commands.start('serve', '--port', '0', ...library());
    await host.says(/^http:\S+$/m);
    host.signal('SIGKILL');
    await host.ended;
    expect(await queue('pause')).toMatchObject({ paused: true });
  });

  it('where a verb trains, it says who owns the library', async () => {
    const training = commands.start('run', '--spec', commands.spec({ steps: 50_000_000 }), ...library());
    await training.says(/Training/);
    const { code, stderr } = await commands.run('queue', 'pause', ...library());
    expect(code).toBe(1);
    expect(stderr).toMatch(/^library\/owned: .*microbatch run/);
  });
});

describe('a name', () => {
  it('with control characters is refused; one that a file brings is shown with their codes', async () => {
    const named = ['queue', 'add', '--spec', commands.spec(), '--name', 'red \u001b[31m', ...library()];
    const { code, stderr } = await commands.run(...named);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^request\/invalid-parameters: .*name: expected a name without control characters/);
    const { added = [] } = await queue('add', '--spec', commands.spec(), '--name', 'Plain');
    const file = join(commands.library, 'runs', String(added[0]), 'run.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('Plain', 'red \\u001b[31m'));
    for (const verb of [['list'], ['show', String(added[0])], ['queue', 'list']]) {
      const { stdout } = await commands.run(...verb, ...library());
      expect(stdout).toContain(String.raw`red \u001b[31m`);
      expect(stdout).not.toContain('\u001b');
    }
  });
});
