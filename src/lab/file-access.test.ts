import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handlersWith } from '../../test/refusing-handlers.ts';
import { filesWithin, withFiles } from './file-access.ts';

describe('files that a browser elsewhere names', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'files-')));
    mkdirSync(join(folder, 'open'));
    mkdirSync(join(folder, 'open-not'));
    for (const name of ['open/a.csv', 'open-not/b.csv']) writeFileSync(join(folder, name), 'step,loss\n');
    symlinkSync(join(folder, 'open-not'), join(folder, 'open', 'link'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const open = (): ((named: string) => Promise<string>) => filesWithin([join(folder, 'open')]);

  it('are read where they lie in an open folder', async () => {
    expect(await open()(join(folder, 'open', 'a.csv'))).toBe(join(folder, 'open', 'a.csv'));
    expect(await open()(join(folder, 'open'))).toBe(join(folder, 'open'));
  });

  it.each([
    ['beside the folder', 'open-not/b.csv'],
    ['above it by its path', 'open/../open-not/b.csv'],
    ['behind a link that leads out of it', 'open/link/b.csv'],
    ['nowhere', 'open/none.csv'],
  ])('are not read %s, and nothing is said of whether they are there', async (_where, named) => {
    await expect(open()(join(folder, named))).rejects.toMatchObject({ code: 'files/not-shared' });
  });

  it('are never read where no folder is open', async () => {
    await expect(filesWithin([])('/etc/passwd')).rejects.toMatchObject({ code: 'files/not-shared' });
  });

  it('go through the same gate in every call that names one', async () => {
    const seen: unknown[] = [];
    const taken = (request: unknown): Promise<never> => {
      seen.push(request);
      return Promise.reject(new Error('enough'));
    };
    const handlers = withFiles(
      handlersWith({ 'datasets.add': taken, 'imports.preview': taken, 'imports.run': taken }),
      (named) => Promise.resolve(`/resolved/${named}`),
    );
    await handlers['datasets.add']({ path: 'a', id: 'x' }).catch(() => undefined);
    await handlers['imports.preview']({ path: 'b' }).catch(() => undefined);
    await handlers['imports.run']({ paths: ['c', 'd'] }).catch(() => undefined);
    expect(seen).toEqual([
      { path: '/resolved/a', id: 'x' },
      { path: '/resolved/b' },
      { paths: ['/resolved/c', '/resolved/d'] },
    ]);
  });
});
