import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, expect } from 'vitest';
import { ZipFile } from 'yazl';
import type { ImportReport } from '../src/contracts/imports.ts';
import type { RunRecord } from '../src/contracts/run-record.ts';
import { writeBundle } from '../src/library/bundle/write-bundle.ts';
import { CheckpointStore } from '../src/library/checkpoints/checkpoint-store.ts';
import { contextFixture, stateFixture } from '../src/library/checkpoints/state-fixture.ts';
import { importFiles } from '../src/library/imports/import-files.ts';
import { openLibrary } from '../src/library/library.ts';
import type { Library } from '../src/library/library.ts';
import { MetricWriter } from '../src/library/metric-writer.ts';
import { recordFixture } from '../src/library/run-fixture.ts';

/** A file of a forged bundle. */
export interface Part {
  readonly name: string;
  readonly content: Buffer;
  readonly mode?: number;
  readonly compress?: boolean;
}

/** The run that bundles are made of. */
export const record: RunRecord = recordFixture({
  status: 'done',
  process: null,
  startedAt: '2026-11-24T10:00:01.000Z',
});

export const recordPart = (changes: Partial<RunRecord> = {}): Part => ({
  name: 'run.json',
  content: Buffer.from(JSON.stringify({ ...record, ...changes })),
});

/**
 * New for every test of the file that calls it: a library `there` with the run, which has recorded 100 points and two
 * checkpoints, a library `here` that is empty, and a path for the run's bundle.
 */
export function useBundles() {
  const now: { folder: string; there: Library | null; here: Library | null } = { folder: '', there: null, here: null };
  beforeEach(async () => {
    now.folder = mkdtempSync(join(tmpdir(), 'microbatch-bundles-'));
    const there = await openLibrary(join(now.folder, 'there'), { create: true });
    now.there = there;
    now.here = await openLibrary(join(now.folder, 'here'), { create: true });
    await there.runs.create(record);
    const writer = new MetricWriter(there.runs.metricsFile(record.id));
    for (let step = 1; step <= 100; step += 1) writer.append('train/loss', step, step === 50 ? Number.NaN : 1 / step);
    writer.close();
    for (const step of [50, 100]) {
      await new CheckpointStore(there.runs.folder(record.id)).write(stateFixture(step), contextFixture());
    }
  });
  afterEach(() => rmSync(now.folder, { recursive: true, force: true }));

  const opened = (library: Library | null): Library => {
    if (library === null) throw new Error('the libraries are opened before each test');
    return library;
  };
  const there = (): Library => opened(now.there);
  const here = (): Library => opened(now.here);
  const file = (): string => join(now.folder, 'run.zip');
  return {
    get folder(): string {
      return now.folder;
    },
    get file(): string {
      return file();
    },
    get there(): Library {
      return there();
    },
    get here(): Library {
      return here();
    },

    write: (out = file()): ReturnType<typeof writeBundle> =>
      writeBundle({ record, runFolder: there().runs.folder(record.id), out, force: false, app: 'a test' }),

    async importBundle(force = false): Promise<ImportReport> {
      const library = here();
      const staging = join(library.folder, '.import-0');
      mkdirSync(staging);
      const report = await importFiles({
        ...{ library, staging, paths: [file()], as: undefined, mapping: undefined, force, app: 'a test' },
        progress: () => undefined,
      });
      expect(readdirSync(staging)).toEqual([]);
      rmSync(staging, { recursive: true });
      return report;
    },

    /** A bundle as an attacker makes it, whose manifest fits its files unless it is given. */
    async forge(parts: readonly Part[], manifest?: string): Promise<void> {
      const files = parts.map(({ name, content }) => ({
        path: name,
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      }));
      const fitting = JSON.stringify({ schema: 1, kind: 'microbatch run', app: '', run: record.id, files });
      const zip = new ZipFile();
      zip.addBuffer(Buffer.from(manifest ?? fitting), 'manifest.json', { compress: false });
      for (const { name, content, mode, compress } of parts) {
        zip.addBuffer(content, name, { compress: compress ?? false, ...(mode === undefined ? {} : { mode }) });
      }
      zip.end();
      await pipeline(zip.outputStream, createWriteStream(file()));
    },
  };
}
