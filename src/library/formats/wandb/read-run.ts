import { basename } from 'node:path';
import { damagedFile } from '../damage.ts';
import type { Cell, FileFacts, FoundColumns, RowSink } from '../metric-rows.ts';
import { addSetting } from '../settings.ts';
import { curveItems } from './history-items.ts';
import { HistorySteps } from './history-steps.ts';
import { readLog } from './log-records.ts';
import { decodeRecord } from './wandb-record.ts';
import type { WandbItem, WandbRecord } from './wandb-record.ts';

/** The columns of the history, and those that count their steps. Throws `import/damaged-file`. */
export async function findWandbColumns(file: string): Promise<FoundColumns> {
  const steps = new HistorySteps();
  const settings: Settings = {};
  await readLog(file, (bytes, number) => {
    const record = decode(file, bytes, number);
    if (record.type === 'history') steps.row(curveItems(record.items));
    else if (record.type === 'metric') steps.declare(record);
    else addSettings(settings, record);
  });
  return { ...steps.found(), settings };
}

/**
 * The history of an offline run as rows, its config as settings. A step is what a column says: `_step`, unless the run
 * declared another (HistorySteps). Throws `import/damaged-file`.
 */
export async function readWandbRun(file: string, sink: RowSink): Promise<FileFacts> {
  const settings: Settings = {};
  const notes: string[] = [];
  let title: string | null = null;
  let seconds: number | null = null;
  const exits: number[] = [];
  const media = new Set<string>();
  const cut = await readLog(file, (bytes, number, share) => {
    const record = decode(file, bytes, number);
    if (record.type === 'history') {
      const items = curveItems(record.items, media);
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
      addSettings(settings, record);
    }
    sink.progress(share);
  });
  if (media.size > 0) notes.push(`left out images, histograms and tables: ${[...media].slice(0, 20).join(', ')}`);
  const exit = exits.at(-1);
  if (exit === undefined) notes.push('the run did not say that it ended');
  else if (exit !== 0) notes.push(`the run ended with exit code ${String(exit)}`);
  return { title, settings, seconds, cutOff: cut ? [basename(file)] : [], notes };
}

type Settings = Record<string, FileFacts['settings'][string]>;

function addSettings(settings: Settings, record: WandbRecord): void {
  if (record.type !== 'run' && record.type !== 'config') return;
  for (const { key, value } of record.items) if (!key.startsWith('_wandb')) addSetting(settings, key, value);
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
