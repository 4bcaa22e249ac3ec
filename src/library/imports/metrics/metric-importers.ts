import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beginsAsOwnCsv, readCsv } from '../../formats/tables/csv.ts';
import { beginsAsOwnJson, findJsonColumns, readJson } from '../../formats/tables/json.ts';
import { findEventFiles, readEvents } from '../../formats/tensorboard/read-events.ts';
import { beginsWithRecord } from '../../formats/tensorboard/records.ts';
import { beginsAsWandb } from '../../formats/wandb/log-records.ts';
import { findWandbColumns, readWandbRun } from '../../formats/wandb/read-run.ts';
import { openSource } from '../source.ts';
import type { ImportSource } from '../source.ts';
import { metricImporter } from './metric-importer.ts';
import type { MetricReader } from './reader.ts';

export const tensorboardImporter = metricImporter({
  name: 'a TensorBoard event file, or a folder of them',
  detect: async ({ path, head, entries }) =>
    entries === null ? beginsWithRecord(head) : (await findEventFiles(path)).size > 0,
  open: async ({ path, name, entries }) => {
    const folders = entries === null ? new Map([['', [path]]]) : await findEventFiles(path);
    return [...folders].map(([folder, files]) => ({
      // A run of TensorBoard is a folder; its files have technical names.
      name: join(entries === null ? basename(dirname(path)) : name, folder),
      tool: 'tensorboard',
      files,
      columns: () => Promise.resolve(null),
      read: (sink) => readEvents(files, sink),
    }));
  },
});

export const wandbImporter = metricImporter({
  name: 'a .wandb file, or the folder of an offline run',
  detect: async (source) =>
    source.entries === null ? beginsAsWandb(source.head) : (await wandbFilesIn(source)).length > 0,
  open: async (source) => {
    const files = source.entries === null ? [source.path] : await wandbFilesIn(source);
    // Pipes and devices have names of this kind too, and reading them may take for ever.
    for (const file of files) await openSource(file);
    return files.map(wandbReader);
  },
});

/** Those of the folder of a run, or of the folder `wandb` that holds the folders of runs. */
async function wandbFilesIn({ path, entries }: ImportSource): Promise<string[]> {
  const found: string[] = [];
  for (const name of entries ?? []) {
    if (name.endsWith('.wandb')) found.push(join(path, name));
    if (!/^(offline-)?run-\d/.test(name)) continue;
    const inner = await readdir(join(path, name)).catch(() => []);
    found.push(...inner.filter((file) => file.endsWith('.wandb')).map((file) => join(path, name, file)));
  }
  return found;
}

function wandbReader(file: string): MetricReader {
  return {
    name: basename(file, '.wandb'),
    tool: 'wandb',
    files: [file],
    columns: () => findWandbColumns(file),
    read: (sink) => readWandbRun(file, sink),
  };
}

export const jsonImporter = metricImporter({
  name: 'JSON Lines with an object a line, or a JSON list of objects',
  detect: (source) => isText(source) && /^\s*[[{]/.test(textOf(source)),
  open: ({ path, size, head }) => [
    {
      name: null,
      tool: beginsAsOwnJson(head) ? 'microbatch' : 'jsonl',
      files: [path],
      columns: () => findJsonColumns(path, head, size),
      read: (sink) => readJson(path, head, size, sink),
    },
  ],
});

export const csvImporter = metricImporter({
  name: 'a CSV file with a header and a column of steps',
  detect: isText,
  open: ({ path, size, head }) => [
    {
      name: null,
      tool: beginsAsOwnCsv(head) ? 'microbatch' : 'csv',
      files: [path],
      columns: () => Promise.resolve(null),
      read: (sink) => readCsv(path, head, size, sink),
    },
  ],
});

const textOf = ({ head }: ImportSource): string => new TextDecoder().decode(head);

/** Text has no control characters but those that part lines and cells. */
function isText({ entries, head }: ImportSource): boolean {
  return entries === null && head.every((byte) => byte >= 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}
