import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { damagedFile } from '../damage.ts';
import { noFacts } from '../metric-rows.ts';
import type { FileFacts, RowSink } from '../metric-rows.ts';
import { decodeEvent } from './event.ts';
import type { SummaryEvent } from './event.ts';
import { readRecords } from './records.ts';

/** Whether a name is one that writers of event files give. */
export const isEventFileName = (name: string): boolean => name.includes('.tfevents.');

/**
 * The scalars of event files, oldest first, as the rows of one run: a step is stated with every value. Other values are
 * counted. Throws `import/damaged-file`.
 */
export async function readEvents(files: readonly string[], sink: RowSink): Promise<FileFacts> {
  const notScalar = new Set<string>();
  const notes: string[] = [];
  const cutOff: string[] = [];
  let [first, last] = [Infinity, -Infinity];
  /** Plugins are named with the first value of a tag only. */
  const plugins = new Map<string, string>();
  for (const [index, file] of files.entries()) {
    const cut = await readRecords(file, (record, number, share) => {
      const { step, wallTime, values, restarts } = decode(file, record, number);
      if (restarts) sink.restart(step);
      const scalars = values.filter(({ tag, scalar, plugin }) => {
        if (plugin !== '') plugins.set(tag, plugin);
        const named = plugins.get(tag) ?? 'scalars';
        if (scalar !== null && named === 'scalars') return true;
        notScalar.add(tag);
        return false;
      });
      if (scalars.length > 0) {
        first = Math.min(first, wallTime);
        last = Math.max(last, wallTime);
        const cells = scalars.map(({ scalar }) => scalar);
        sink.row(
          scalars.map(({ tag }) => tag),
          cells,
          step,
          number,
        );
      }
      sink.progress((index + share) / files.length);
    });
    if (cut) cutOff.push(basename(file));
  }
  if (notScalar.size > 0) {
    notes.push(`left out ${String(notScalar.size)} ${notScalar.size === 1 ? 'tag' : 'tags'} that hold no scalars`);
  }
  return { ...noFacts, cutOff, notes, seconds: last > first ? last - first : null };
}

function decode(file: string, record: Buffer, number: number): SummaryEvent {
  try {
    return decodeEvent(record);
  } catch (cause) {
    throw damagedFile(file, `record ${String(number)} is no event`, 'an event file as TensorBoard reads it', cause);
  }
}

const deepestFolder = 6;
const mostFolders = 2000;

/** The event files of every folder below one, by the folder's path in it; links are not followed. */
export async function findEventFiles(root: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const waiting = [{ folder: root, depth: 0 }];
  for (let seen = 0; seen < mostFolders; seen += 1) {
    const next = waiting.shift();
    if (next === undefined) break;
    const entries = await readdir(next.folder, { withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile() && isEventFileName(entry.name)).map(({ name }) => name);
    if (files.length > 0) {
      found.set(
        relative(root, next.folder),
        // Their names begin with the second at which they were begun.
        files.toSorted().map((name) => join(next.folder, name)),
      );
    }
    if (next.depth === deepestFolder) continue;
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const name of folders.toSorted()) waiting.push({ folder: join(next.folder, name), depth: next.depth + 1 });
  }
  return found;
}
