import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Application } from './application.ts';

const chooseAnother = 1;

/** A library that cannot be opened: the user learns why, and can choose another. */
describe('starting without a library that opens', () => {
  let first: Application;
  let started: Application[];
  const start = (environment: Readonly<Record<string, string>>): Application => {
    const application = new Application({ environment });
    started.push(application);
    return application;
  };
  beforeEach(() => {
    started = [];
    first = start({});
  });
  afterEach(() => Promise.all(started.map((application) => application.dispose())));

  const folderWith = (files: Readonly<Record<string, string>>): string => {
    const folder = join(first.folder, 'prepared');
    mkdirSync(folder);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return folder;
  };

  it.each([
    ['is a file', 'library/not-a-folder', () => join(folderWith({ file: '' }), 'file')],
    ['is damaged', 'library/not-a-library', () => folderWith({ 'library.json': '{"schema":' })],
    [
      'is of a newer version',
      'library/newer',
      () => folderWith({ 'library.json': '{"schema": 99, "createdAt": "later"}' }),
    ],
    [
      'keeps a file where its runs belong',
      'library/not-a-library',
      () => folderWith({ 'library.json': '{"schema": 1, "createdAt": "then"}', runs: '' }),
    ],
    ['cannot be created', 'library/read-only', () => join(folderWith({ file: '' }), 'file', 'below')],
  ])('says so where it %s, and ends', async (_what, code, prepare) => {
    const application = start({ MICROBATCH_LIBRARY: prepare() });
    expect(await application.ended).toBe(1);
    expect(application.output).toContain(code);
  });

  it('says who owns it', async () => {
    await first.shown();
    const application = start({ MICROBATCH_LIBRARY: first.library });
    expect(await application.ended).toBe(1);
    expect(application.output).toContain(`library/owned`);
    expect(application.output).toContain(`the desktop application (process ${String(first.pid)}`);
    expect(await first.call('runs.list', null)).toEqual([]);
  });

  it('opens the one that the user chooses instead, and that one again at the next start', async () => {
    const broken = join(folderWith({ file: '' }), 'file');
    const chosen = join(first.folder, 'chosen');
    const environment = {
      MICROBATCH_LIBRARY: broken,
      DOUBLE_ANSWERS: JSON.stringify({ buttons: [chooseAnother], folders: [chosen] }),
    };
    const application = start(environment);
    await application.shown();
    const { library } = await application.call('host.information', null);
    expect(library.path).toBe(chosen);
    await application.crash();

    const again = new Application({ folder: application.folder, environment: { MICROBATCH_LIBRARY: '' } });
    await again.shown();
    expect((await again.call('host.information', null)).library.path).toBe(chosen);
    await again.crash();
  });

  it('lets the user change to another library, which a new start opens', async () => {
    const application = start({ MICROBATCH_LIBRARY: '' });
    await application.shown();
    await application.tell({ do: 'choose-folder', folder: join(first.folder, 'other') });
    await application.tell({ do: 'click-menu', labels: ['File', 'Open library…'] });
    expect(await application.ended).toBe(0);
    expect(application.output).toContain('double: relaunched');
  });
});
