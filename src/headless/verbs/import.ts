import { Option } from 'commander';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import process from 'node:process';
import { toErrorShape } from '../../contracts/errors.ts';
import { importKinds } from '../../contracts/imports.ts';
import type {
  ColumnMapping,
  ImportedItem,
  ImportKind,
  ImportPreview,
  ImportReport,
  RefusedFile,
} from '../../contracts/imports.ts';
import { changeLibrary } from '../change-library.ts';
import { count, counted, percent } from '../format.ts';
import type { CallLab } from '../host-bridge.ts';
import { interrupted } from '../interrupt.ts';
import { LiveLines } from '../live-lines.ts';
import type { OpenLab } from '../open-lab.ts';
import { left, table } from '../table.ts';
import { bold, print, printJson, say } from '../terminal.ts';
import { gatherColumns, jsonOption, libraryOption } from '../usage.ts';
import type { MappedColumn } from '../usage.ts';

interface ImportOptions {
  readonly as?: ImportKind;
  readonly map?: readonly MappedColumn[];
  readonly stepColumn?: string;
  readonly preview?: boolean;
  readonly force?: boolean;
  readonly library?: string;
  readonly json?: boolean;
}

export function addImport(program: Command): void {
  program
    .command('import')
    .description('Import runs, traces and weights that other tools have written.')
    .argument('<file...>', 'files, or folders of event files or of an offline run')
    .addOption(new Option('--as <kind>', 'what to read them as (default: what they are)').choices(importKinds))
    .option('--map <series=column>', 'name a column; a * behind the series takes percent; repeatable', gatherColumns)
    .option('--step-column <column>', 'column that counts steps (default: found out)')
    .option('--preview', 'show columns, their series and the first rows; import nothing')
    .option('--force', 'import again what is there already')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(importAll);
}

async function importAll(files: readonly string[], options: ImportOptions): Promise<void> {
  const { library, preview } = options;
  const paths = files.map((file) => resolve(file));
  const owner = 'the command line (microbatch import)';
  await changeLibrary({ library, owner }, async (call, own) => {
    // Of a host it can only be asked to give up whatever it imports; one that is gone, the import itself tells of.
    const giveUp = (): void =>
      own === null ? void call('imports.cancel', null).catch(() => undefined) : own.killAll();
    const interrupt = interrupted(giveUp);
    void interrupt.first.then(giveUp);
    try {
      await (preview === true ? previewFiles(call, paths, options) : importFiles(call, own, paths, options));
    } finally {
      interrupt.release();
    }
  });
}

async function importFiles(
  call: CallLab,
  own: OpenLab | null,
  paths: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const lines = new LiveLines();
  own?.lab.subscribe((name, event) => {
    if (lines.isLive && name === 'import.progress' && 'fraction' in event && 'file' in event) {
      lines.draw([`${percent(event.fraction, 0).padStart(5)}  ${event.file}`]);
    }
  });
  const { as, force } = options;
  const request = { paths: [...paths], as, mapping: mappingOf(options), force };
  const report = await call('imports.run', request).finally(() => lines.clear());
  if (options.json) printJson(report);
  else for (const line of describe(report)) print(line);
  refuse(report.refused);
}

/** What was refused is a failure, each on a line of its own. */
function refuse(refused: readonly RefusedFile[]): void {
  for (const { file, code, reason } of refused) say(`${code}: ${reason.includes(file) ? '' : `${file}: `}${reason}`);
  if (refused.length > 0) process.exitCode = 1;
}

function mappingOf({ map, stepColumn }: ImportOptions): ColumnMapping | undefined {
  if (map === undefined && stepColumn === undefined) return undefined;
  return { columns: [...(map ?? [])], ...(stepColumn === undefined ? {} : { stepColumn }) };
}

function describe({ imported }: ImportReport): string[] {
  return imported.flatMap((item) => [titleOf(item), ...item.notes.map((note) => `  ${note}`)]);
}

function titleOf({ kind, id, name, series, points, tensors }: ImportedItem): string {
  const holds =
    kind === 'weights'
      ? counted(tensors, 'tensor')
      : `${count(series.length)} series, ${counted(points, 'point')}: ${series.slice(0, 8).join(', ')}${series.length > 8 ? ', …' : ''}`;
  return `${bold(id)}  ${kind}  ${name}  ${holds}`;
}

async function previewFiles(call: CallLab, paths: readonly string[], options: ImportOptions): Promise<void> {
  const previews: ImportPreview[] = [];
  const refused: RefusedFile[] = [];
  for (const path of paths) {
    try {
      previews.push(await call('imports.preview', { path, as: options.as, mapping: mappingOf(options) }));
    } catch (error) {
      const { code, message } = toErrorShape(error);
      refused.push({ file: path, code, reason: message });
    }
  }
  if (options.json) printJson({ previews, refused });
  else for (const line of previews.flatMap(describePreview)) print(line);
  refuse(refused);
}

function describePreview({ file, tool, runs, stepColumn, columns, rows, notes }: ImportPreview): string[] {
  const named = runs.filter((name) => name !== '');
  return [
    bold(`${file}  ${tool}`),
    `steps from ${stepColumn ?? 'the file'}${named.length === 0 ? '' : `; ${counted(named.length, 'run')}: ${named.join(', ')}`}`,
    ...notes,
    '',
    ...table(
      [left('column'), left('series'), left('first values'), left('why')],
      columns.map(({ column, series, scale, reason }) => [
        column,
        series === null ? '–' : `${series}${scale === 1 ? '' : ` × ${String(scale)}`}`,
        rows
          .flatMap((row) => row[column] ?? [])
          .slice(0, 3)
          .join('  '),
        reason,
      ]),
    ),
  ];
}
