import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tinySpec } from '../../test/open-lab.ts';
import { handlersWith } from '../../test/refusing-handlers.ts';
import { apiCalls } from '../contracts/api.ts';
import { apiNames } from '../contracts/calls.ts';
import { hostFileKind } from '../contracts/files.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { sweepDefinition } from '../contracts/sweeps.ts';
import { filesWithin, partsOf, withFiles } from './file-access.ts';

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

  it('go through the same gate in every call that names one, wherever in its parameters', async () => {
    const seen: unknown[] = [];
    const taken = (request: unknown): Promise<never> => {
      seen.push(request);
      return Promise.reject(new Error('enough'));
    };
    const handlers = withFiles(
      handlersWith({
        ...{ 'datasets.add': taken, 'imports.preview': taken, 'imports.run': taken, 'commands.run': taken },
        'runtimes.install': taken,
      }),
      (named) => Promise.resolve(`/resolved/${named}`),
    );
    await handlers['datasets.add']({ path: 'a', id: 'x' }).catch(() => undefined);
    await handlers['imports.preview']({ path: 'b' }).catch(() => undefined);
    await handlers['imports.run']({ paths: ['c', 'd'] }).catch(() => undefined);
    await handlers['commands.run']({ command: 'library.open-recent', file: 'e' }).catch(() => undefined);
    await handlers['commands.run']({ command: 'library.open' }).catch(() => undefined);
    await handlers['runtimes.install']({ from: 'file', path: 'f' }).catch(() => undefined);
    expect(seen).toEqual([
      { path: '/resolved/a', id: 'x' },
      { path: '/resolved/b' },
      { paths: ['/resolved/c', '/resolved/d'] },
      { command: 'library.open-recent', file: '/resolved/e' },
      { command: 'library.open' },
      { from: 'file', path: '/resolved/f' },
    ]);
  });

  it('go through it as traces of specs, also of a sweep, except those that a run of the library has', async () => {
    const seen: unknown[] = [];
    const taken = (request: unknown): Promise<never> => {
      seen.push(request);
      return Promise.reject(new Error('enough'));
    };
    const graftOn = (file: string): RunSpec =>
      runSpec.parse({ ...tinySpec, method: 'external-grafting', graft: { trace: { file } } });
    const record = { id: 'a', spec: graftOn('/of/a/run.csv') } as RunRecord;
    const handlers = withFiles(
      handlersWith({
        'runs.list': () => Promise.resolve([record]),
        'runs.create': taken,
        'plan.estimate': taken,
        'sweeps.preview': taken,
      }),
      (named) => Promise.resolve(`/resolved/${named}`),
    );
    await handlers['runs.create']({ spec: graftOn('a'), seeds: [1] }).catch(() => undefined);
    await handlers['plan.estimate']({ spec: graftOn('/of/a/run.csv') }).catch(() => undefined);
    await handlers['sweeps.preview']({
      definition: sweepDefinition.parse({
        base: { graft: { trace: { file: 'b' } }, dataset: { file: 'not a trace' } },
        axes: { 'graft.trace.file': ['c', 'd'], graft: [{ trace: { file: 'e' } }] },
        settings: [{ 'learningRate.trace': { file: 'f' } }],
      }),
      again: false,
    }).catch(() => undefined);
    expect(seen).toMatchObject([
      { spec: { graft: { trace: { file: '/resolved/a' } } } },
      { spec: { graft: { trace: { file: '/of/a/run.csv' } } } },
      {
        definition: {
          base: { graft: { trace: { file: '/resolved/b' } }, dataset: { file: 'not a trace' } },
          axes: { 'graft.trace.file': ['/resolved/c', '/resolved/d'], graft: [{ trace: { file: '/resolved/e' } }] },
          settings: [{ 'learningRate.trace': { file: '/resolved/f' } }],
        },
      },
    ]);
  });

  it('are marked as such in the call table: no other text of a call is called a path, a file or a folder', () => {
    const unmarked = apiNames.flatMap((name) =>
      textsOf(apiCalls[name].parameters, name).filter((place) => /(path|file|folder)s?$/i.test(place)),
    );
    expect(unmarked).toEqual([]);
  });
});

/** Places of the texts in a schema that are not files of the host. */
function textsOf(schema: z.core.$ZodType, place: string): string[] {
  if (hostFileKind(schema) !== undefined) return [];
  if (schema instanceof z.ZodString) return [place];
  if (schema instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(schema.shape).flatMap(([name, field]) => textsOf(field, `${place}.${name}`));
  }
  return partsOf(schema).flatMap((part) => textsOf(part, place));
}
