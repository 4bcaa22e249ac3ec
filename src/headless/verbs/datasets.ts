import type { Command } from 'commander';
import { Option } from 'commander';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import type { ApiEmit } from '../../contracts/api.ts';
import { datasetKinds } from '../../contracts/datasets.ts';
import type { DatasetEntry, DatasetKind, DatasetReport } from '../../contracts/datasets.ts';
import { Datasets } from '../../lab/datasets.ts';
import { datasetsFolder, libraryFolder } from '../../lab/user-folders.ts';
import { openLibrary } from '../../library/library.ts';
import { paths } from '../application.ts';
import { count } from '../format.ts';
import { forkProcessHost } from '../fork-process-host.ts';
import { LiveLines } from '../live-lines.ts';
import { keepProcesses } from '../process-keeper.ts';
import { left, right, table } from '../table.ts';
import { print, printJson, say } from '../terminal.ts';
import { jsonOption, libraryOption } from '../usage.ts';

/** What is made here is not read from a file. */
const readableKinds = datasetKinds.filter((kind) => kind !== 'mnist-1d');

interface JsonOption {
  readonly json?: boolean;
}

export function addDatasets(program: Command): void {
  const datasets = program
    .command('datasets')
    .description('Data sets to train on, kept in the data folder of the user.');
  datasets
    .command('list')
    .description('List what can be trained on, and known sets that can be fetched.')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(list);
  datasets
    .command('add')
    .description('Read a data set from a file or folder, verify it and store it.')
    .argument('<path>', 'archive of CIFAR, folder of IDX files, .npz file, or folder of class folders')
    .option('--id <id>', 'name of the set (default: that of the file)')
    .addOption(new Option('--kind <kind>', 'form of the file (default: found out)').choices(readableKinds))
    .addOption(jsonOption())
    .action((path: string, { id, kind, ...options }: AddOptions) =>
      work(options, (service) => service.add({ path: resolve(path), id, kind })),
    );
  datasets
    .command('download')
    .description('Fetch a known set from its makers, verify it and store it; goes on where an earlier try ended.')
    .argument('<id>', 'id of a known set')
    .addOption(jsonOption())
    .action((id: string, options: JsonOption) => work(options, (service) => service.download(id)));
  datasets
    .command('verify')
    .description('Read a whole set and compare every file with its checksum.')
    .argument('<id>', 'id of a data set')
    .addOption(jsonOption())
    .action((id: string, options: JsonOption) => work(options, (service) => service.verify(id)));
  datasets
    .command('remove')
    .description('Move a set to the trash, from which `datasets restore` brings it back for a week.')
    .argument('<id>', 'id of a data set that was added')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(remove);
  datasets
    .command('restore')
    .description('Bring a removed set back.')
    .argument('<id>', 'id of a removed data set')
    .addOption(jsonOption())
    .action(restore);
}

interface AddOptions extends JsonOption {
  readonly id?: string;
  readonly kind?: DatasetKind;
}

interface LibraryOption extends JsonOption {
  readonly library?: string;
}

async function list({ library, json }: LibraryOption): Promise<void> {
  const entries = open(await usedSets(library)).list();
  if (json) {
    printJson({ datasets: entries });
    return;
  }
  const columns = [left('data set'), left('state'), right('train'), right('test'), left('image'), right('classes')];
  const rows = entries.map((entry) => [
    ...[entry.id, stateOf(entry), count(entry.trainImages), count(entry.testImages)],
    ...[
      entry.imageShape.join(' x '),
      String(entry.classes),
      megabytes(entry.bytes ?? entry.downloadBytes),
      String(entry.runs),
    ],
  ]);
  for (const line of table([...columns, right('MB'), right('runs')], rows)) print(line);
}

function stateOf({ state, published }: DatasetEntry): string {
  if (state === 'embedded') return 'ships with the application';
  if (state === 'stored') return published === true ? 'stored, as published' : 'stored';
  return 'known: download brings it';
}

async function remove(id: string, { library, json }: LibraryOption): Promise<void> {
  const used = (await usedSets(library)).filter((name) => name === id).length;
  await open([]).remove(id);
  if (json) printJson({ dataset: id, runs: used });
  else {
    if (used > 0) say(`${count(used)} runs of this library used ${id}; they stay, but cannot be trained on.`);
    print(`${id} is removed. microbatch datasets restore ${id} brings it back for a week.`);
  }
}

async function restore(id: string, { json }: JsonOption): Promise<void> {
  await open([]).restore(id);
  if (json) printJson({ dataset: id });
  else print(`${id} is back.`);
}

/** Data sets that the runs of a library name. Without a library nothing names any. */
async function usedSets(named: string | undefined): Promise<string[]> {
  const folder = libraryFolder(named);
  if (named === undefined && !existsSync(folder)) return [];
  const library = await openLibrary(folder);
  const { records } = await library.runs.list();
  return records.flatMap(({ spec }) => spec?.dataset.id ?? []);
}

const { processHost, killAll } = keepProcesses(forkProcessHost);

function open(used: readonly string[], emit: ApiEmit = () => undefined): Datasets {
  return new Datasets({
    processHost,
    entry: paths.datasetTask,
    resources: paths.resources,
    folder: datasetsFolder(),
    usedBy: () => used,
    emit,
  });
}

/** Work of a process of its own; Ctrl-C gives it up. */
async function work({ json }: JsonOption, task: (service: Datasets) => Promise<DatasetReport>): Promise<void> {
  const lines = new LiveLines();
  let stage = '';
  const service = open([], (name, event) => {
    if (name !== 'dataset.progress' || !('dataset' in event && 'fraction' in event)) return;
    const { what, fraction } = event;
    if (lines.isLive) lines.draw([`${what}${fraction === null ? '' : `, ${(100 * fraction).toFixed(0)} %`}`]);
    else if (what !== stage) lines.keep(what);
    stage = what;
  });
  process.once('SIGINT', killAll);
  try {
    const report = await task(service);
    lines.clear();
    show(report, json);
  } finally {
    lines.clear();
    process.removeListener('SIGINT', killAll);
  }
}

function show(report: DatasetReport, json: boolean | undefined): void {
  if (json === true) {
    printJson(report);
    return;
  }
  const { dataset, splits, left: files, leftCount } = report;
  const images = Object.entries(splits).map(([name, images]) => `${count(images)} ${name}`);
  print(`${dataset}: ${images.join(', ')} images. All checksums are right.`);
  if (leftCount === 0) return;
  say(`${count(leftCount)} files were left out:`);
  for (const { file, code } of files.slice(0, shownLeft)) say(`  ${file}: ${code}`);
  if (leftCount > shownLeft) say(`  and ${count(leftCount - shownLeft)} more; --json names them`);
}

/** Files left out that are named on a terminal. */
const shownLeft = 20;

function megabytes(bytes: number | null): string {
  return bytes === null ? '–' : (bytes / 1e6).toFixed(1);
}
