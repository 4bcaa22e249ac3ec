import { readFileSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { toErrorShape, type ErrorShape } from '../contracts/errors.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import { asDamage, parseRecord, requireReadable } from './record-file.ts';
import { sourceOf, type IndexEntry, type RunIndex } from './run-index.ts';

export interface DamagedRun {
  readonly folder: string;
  readonly error: ErrorShape;
}

/** A file may change again without another time of change within the finest step of its file system, 2 s on FAT. */
const coarsestClockMilliseconds = 2000;
/** Files that are asked for at once. */
const atOnce = 32;
/** A disk that takes longer over a file than this is slow: a network, or one that spins up. */
const slowMilliseconds = 2;
/** Entries that go into the index in one turn; what is more follows while the list is shown already. */
const indexedAtOnce = 250;

interface Files {
  readonly stat: (path: string) => BigIntStats | Promise<BigIntStats>;
  readonly text: (path: string) => string | Promise<string>;
}

/** A local disk has answered before anything else could be done: to wait for it costs several times as much. */
const quick: Files = {
  stat: (path) => statSync(path, { bigint: true }),
  text: (path) => readFileSync(path, 'utf8'),
};
const slow: Files = {
  stat: (path) => stat(path, { bigint: true }),
  text: (path) => readFile(path, 'utf8'),
};

/** What became of one folder: its entry and whether the index has it already, or what is wrong with it. */
type Outcome = { readonly entry: IndexEntry; readonly known: boolean } | DamagedRun;

/**
 * The records in the named folders of `runs`, from the index where their run.json is unchanged, and brings the index
 * up to date.
 */
export async function listRuns(
  runs: string,
  ids: readonly string[],
  index: RunIndex,
): Promise<{ records: RunRecord[]; damaged: DamagedRun[] }> {
  const entries = index.read();
  const outcomes: Outcome[] = [];
  let files = quick;
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce);
    const begin = performance.now();
    outcomes.push(...(await Promise.all(some.map((id) => readRun(join(runs, id), id, entries.get(id), files)))));
    if (performance.now() - begin > slowMilliseconds * some.length) files = slow;
    await nextTurn();
  }
  const found = outcomes.filter((outcome) => 'entry' in outcome);
  const changed = found.filter(({ known }) => !known).map(({ entry }) => entry);
  const sound = new Set(found.map(({ entry }) => entry.id));
  index.write(
    changed.slice(0, indexedAtOnce),
    [...entries.keys()].filter((id) => !sound.has(id)),
  );
  void writeRest(changed, index);
  return {
    records: found.map(({ entry }) => entry.record),
    damaged: outcomes.filter((outcome) => 'error' in outcome),
  };
}

/** Where this is cut off, or a run has changed meanwhile, the next listing finds that an entry does not fit its file. */
async function writeRest(changed: readonly IndexEntry[], index: RunIndex): Promise<void> {
  for (let from = indexedAtOnce; from < changed.length; from += indexedAtOnce) {
    await nextTurn();
    index.write(changed.slice(from, from + indexedAtOnce), []);
  }
}

/** The entry of a run.json that has just been written as `text`. Its first listing compares the content. */
export async function entryOfWritten(path: string, text: string, record: RunRecord): Promise<IndexEntry> {
  return {
    id: record.id,
    stamp: stampOf(await stat(path, { bigint: true })),
    checkedAt: 0,
    source: sourceOf(text),
    record,
  };
}

async function readRun(folder: string, id: string, entry: IndexEntry | undefined, files: Files): Promise<Outcome> {
  const path = join(folder, 'run.json');
  try {
    const checkedAt = Date.now();
    // The stamp is taken first: a file that is replaced before it is read has a stamp that does not fit, and is read again.
    const stats = await files.stat(path);
    const stamp = stampOf(stats);
    const unchanged = entry?.stamp === stamp;
    if (unchanged && entry.checkedAt - Number(stats.mtimeMs) > coarsestClockMilliseconds) return { entry, known: true };
    requireReadable(path, stats);
    const text = await files.text(path);
    const source = sourceOf(text);
    if (unchanged && entry.source === source) return { entry: { ...entry, checkedAt }, known: false };
    return { entry: { id, stamp, checkedAt, source, record: parseRecord(text, path) }, known: false };
  } catch (error) {
    return { folder, error: toErrorShape(asDamage(path, error)) };
  }
}

const stampOf = ({ ino, mtimeNs, size }: BigIntStats): string => `${String(ino)}:${String(mtimeNs)}:${String(size)}`;
