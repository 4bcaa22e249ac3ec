import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { ImportedItem } from '../src/contracts/imports.ts';
import type { RunRecord } from '../src/contracts/run-record.ts';
import { openLibrary } from '../src/library/library.ts';
import type { Library } from '../src/library/library.ts';
import { readMetrics } from '../src/library/metric-reader.ts';
import { importFiles } from '../src/library/imports/import-files.ts';
import type { ImportFilesOptions } from '../src/library/imports/import-files.ts';

type Options = Partial<ImportFilesOptions>;

/** A file of test/fixtures/metrics, which its make_fixtures.py has written. */
export const fixture = (name: string): string => resolve(import.meta.dirname, 'fixtures/metrics', name);

const start = { 'train/loss': 2.3, 'train/gradient_norm': 1.7, 'test/test_accuracy': 40 } as const;
/** The curves that the fixtures were written with. */
export const curve = (series: keyof typeof start, map = (value: number) => value): [number, number][] =>
  [0, 20, 40, 60, 80].map((step) => [step, map(start[series] / (1 + step / 7))]);

/** A folder with files and a library, new for every test of the file that calls it. */
export function useLibrary() {
  const here: { folder: string; library: Library | null } = { folder: '', library: null };
  beforeEach(async () => {
    here.folder = mkdtempSync(join(tmpdir(), 'microbatch-import-'));
    here.library = await openLibrary(join(here.folder, 'library'), { create: true });
  });
  afterEach(() => rmSync(here.folder, { recursive: true }));

  const library = (): Library => {
    if (here.library === null) throw new Error('the library is opened before each test');
    return here.library;
  };
  const importAll = (paths: readonly string[], options: Options = {}) =>
    importFiles({
      ...{ library: library(), paths, as: undefined, mapping: undefined, force: false, app: '0.0.0-test' },
      ...{ staging: mkdtempSync(join(library().folder, '.import-')), progress: () => undefined },
      ...options,
    });
  return {
    library,
    /** Path of a name in the folder. */
    at: (name: string): string => join(here.folder, name),
    write(name: string, content: string | Uint8Array): string {
      writeFileSync(join(here.folder, name), content);
      return join(here.folder, name);
    },
    async importOne(path: string, options: Options = {}): Promise<ImportedItem[]> {
      const { imported, refused } = await importAll([path], options);
      expect(refused).toEqual([]);
      return imported;
    },
    async refusal(path: string, options: Options = {}): Promise<{ code: string; reason: string }> {
      const { imported, refused } = await importAll([path], options);
      expect(imported).toEqual([]);
      return { code: '', reason: '', ...refused[0] };
    },
    /** Points by series: [step, value] pairs. */
    pointsOf: (id: string | undefined): Record<string, [number, number][]> =>
      Object.fromEntries(
        readMetrics(library().runs.metricsFile(String(id))).map(({ name, steps, values }) => [
          name,
          [...steps].map((step, index): [number, number] => [step, values[index] ?? Number.NaN]),
        ]),
      ),
    record: (id: string | undefined): Promise<RunRecord> => library().runs.get(String(id)),
  };
}
