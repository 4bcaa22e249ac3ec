import { basename } from 'node:path';
import { damagedFile } from '../damage.ts';
import { ColumnNames } from '../metric-rows.ts';
import type { Cell, FileFacts, FoundColumns, RowSink } from '../metric-rows.ts';
import { addSetting } from '../settings.ts';
import { readLog } from './log-records.ts';
import { decodeRecord } from './wandb-record.ts';
import type { WandbItem, WandbRecord } from './wandb-record.ts';

/** The columns of the history, and the one that the run declared to count steps. Throws `import/damaged-file`. */
export async function findWandbColumns(file: string): Promise<FoundColumns> {
  const found = new ColumnNames();
  let stepColumn: string | null = null;
  await readLog(file, (bytes, number) => {
    const record = decode(file, bytes, number);
    if (record.type === 'history') found.row(withoutMedia(record.items).map(({ key }) => key));
    else if (record.type === 'metric') stepColumn ??= record.stepColumn;
  });
  return { names: [...found.names], stepColumn };
}

/**
 * The history of an offline run as rows, its config as settings. A step is what a column says: `_step`, unless the run
 * declared another. Throws `import/damaged-file`.
 */
export async function readWandbRun(file: string, sink: RowSink): Promise<FileFacts> {
  const settings: Record<string, FileFacts['settings'][string]> = {};
  const notes: string[] = [];
  let title: string | null = null;
  let seconds: number | null = null;
  const exits: number[] = [];
  const media = new Set<string>();
  const cut = await readLog(file, (bytes, number, share) => {
    const record = decode(file, bytes, number);
    if (record.type === 'history') {
      const items = withoutMedia(record.items, media);
      sink.row(
        items.map(({ key }) => key),
        items.map(cellOf),
        null,
        number,
      );
      const runtime = record.items.find(({ key }) => key === '_runtime')?.value;
      if (typeof runtime === 'number') seconds = runtime;
    } else if (record.type === 'exit') exits.push(record.code);
    else if (record.type === 'run' || record.type === 'config') {
      if (record.type === 'run' && record.name !== '') title = record.name;
      for (const { key, value } of record.items) if (!key.startsWith('_wandb')) addSetting(settings, key, value);
    }
    sink.progress(share);
  });
  if (media.size > 0) notes.push(`left out images, histograms and tables: ${[...media].slice(0, 20).join(', ')}`);
  const exit = exits.at(-1);
  if (exit === undefined) notes.push('the run did not say that it ended');
  else if (exit !== 0) notes.push(`the run ended with exit code ${String(exit)}`);
  return { title, settings, seconds, cutOff: cut ? [basename(file)] : [], notes };
}

/** An image or a histogram is an object with a member `_type`; its size and path are no curves. Their names go into `media`. */
function withoutMedia(items: readonly WandbItem[], media = new Set<string>()): readonly WandbItem[] {
  const types = items.filter(({ key }) => key.endsWith('._type'));
  if (types.length === 0) return items;
  const names = types.map(({ key }) => key.slice(0, -'._type'.length));
  for (const name of names) media.add(name);
  return items.filter(({ key }) => !names.some((name) => key.startsWith(`${name}.`)));
}

function cellOf({ value }: WandbItem): Cell {
  // Histograms, images and tables are objects: no text and no number, so no series.
  return typeof value === 'object' && value !== null ? '' : value;
}

function decode(file: string, bytes: Buffer, number: number): WandbRecord {
  try {
    return decodeRecord(bytes);
  } catch (cause) {
    throw damagedFile(
      file,
      `record ${String(number)} is no message`,
      'a .wandb file as `wandb offline` writes it',
      cause,
    );
  }
}
