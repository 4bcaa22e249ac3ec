import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/contracts/run-record.ts';
import { MicrobatchError } from '../../src/contracts/errors.ts';
import type { ExportFormat } from '../../src/contracts/exports.ts';
import { certificate } from '../../src/contracts/certificate.ts';
import { webSettings } from '../../src/headless/web-settings.ts';
import { exportOne } from '../../src/lab/exports/exporters.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { writeCertificate } from '../../src/library/certificate-file.ts';
import { examine } from '../../src/library/doctor/doctor.ts';
import { importFiles } from '../../src/library/imports/import-files.ts';
import { openLibrary } from '../../src/library/library.ts';
import type { Library } from '../../src/library/library.ts';
import { textOf } from '../../src/library/record-file.ts';
import { QueueFile } from '../../src/library/queue-file.ts';
import { SweepStore } from '../../src/library/sweep-store.ts';
import { hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../open-lab.ts';
import type { FaultedWrite } from './fault-injector.ts';
import { FaultInjector } from './fault-injector.ts';
import { halfDone, walk } from './walk.ts';
import type { Deed } from './walk.ts';

const realTemporary = tmpdir();
const folder = mkdtempSync(join(realTemporary, 'microbatch-faults-'));
const [library, out, scratch] = ['library', 'out', 'scratch'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
let injector: FaultInjector;
let lab: Lab;
let trained: string;
let pruned: string;
let stopped: string;

beforeAll(async () => {
  for (const path of [out, scratch]) mkdirSync(path);
  process.env['TMPDIR'] = scratch;
  ({ lab } = await openTestLab(library));
  const keeping = { ...tinySpec, checkpoints: { every: 5, keepBest: true } };
  [trained, pruned] = [await startRun(lab, keeping), await startRun(lab, keeping)];
  stopped = await startRun(lab, { ...keeping, steps: 100_000_000, checkpoints: { perDecade: 1, keepBest: true } });
  await untilRun(lab, stopped, ({ step }) => step > 10);
  await lab.handlers['runs.stop']({ run: stopped });
  for (const run of [trained, pruned]) await untilRun(lab, run, hasEnded);
  await lab.close();
  for (const run of [trained, pruned, stopped]) {
    cpSync(join(library, 'runs', run), join(folder, 'pristine', run), { recursive: true });
  }
  ({ lab } = await openTestLab(library, { trains: 'nothing' }));
  makeIll();
  injector = new FaultInjector(folder);
});
afterAll(async () => {
  injector.remove();
  await lab.close();
  process.env['TMPDIR'] = realTemporary;
  rmSync(folder, { recursive: true, force: true });
});

/** What is half done and was not cleared up, unless clearing up is what failed. */
function leftovers(faulted?: FaultedWrite): string[] {
  const left = halfDone(folder);
  remove(...left);
  return faulted?.operation === 'rm' ? [] : left.map((path) => `${path} is left half done`);
}

/** Of deeds that leave the library alone: nothing half done. */
const checkElsewhere = async (faulted?: FaultedWrite): Promise<string[]> => {
  const problems = leftovers(faulted);
  if (!existsSync(join(folder, 'other', 'library.json'))) return problems;
  const { findings } = await examine(join(folder, 'other'), { fix: false });
  return [...problems, ...findings.map(({ path, message }) => `doctor finds ${path}: ${message}`)];
};

/** What is wrong with the library as another host would find it, and with what this one believes of it. */
async function check(faulted?: FaultedWrite): Promise<string[]> {
  const opened = await openLibrary(library);
  const { records, damaged } = await opened.runs.list();
  const problems = damaged.map(({ error }) => error.message);
  const known = await lab.handlers['runs.list'](null);
  const text = (list: typeof records): Map<string, string> => new Map(list.map((one) => [one.id, textOf(one)]));
  const [here, there] = [text(known), text(records)];
  for (const id of new Set([...here.keys(), ...there.keys()])) {
    if (here.get(id) !== there.get(id)) problems.push(`of run ${id} the host knows something else than the disk`);
  }
  const queued = records.filter(({ status }) => status === 'queued').map(({ id }) => id);
  const order = (await lab.handlers['queue.read'](null)).entries.map(({ run }) => run);
  const waiting = order.toSorted().join();
  if (waiting !== queued.toSorted().join()) problems.push(`the queue holds ${waiting}, queued are ${queued.join()}`);
  problems.push(...(await new SweepStore(library).list()).damaged.map(({ message }) => message));
  await new QueueFile(library).read();
  const { findings } = await examine(library, { fix: false });
  problems.push(...findings.map(({ path, message }) => `doctor finds ${path}: ${message}`));
  return [...problems, ...leftovers(faulted)];
}

/** Removes runs for good, so that they can be made again. */
async function purge(runs: readonly string[]): Promise<void> {
  for (const run of runs) await lab.handlers['runs.remove']({ run });
  rmSync(join(library, 'trash'), { recursive: true, force: true });
}

const call = (): Lab['handlers'] => lab.handlers;
const newest = async (): Promise<string> => String((await call()['runs.list'](null))[0]?.id);
const remove = (...names: string[]): void => {
  for (const name of names) rmSync(join(folder, name), { recursive: true, force: true });
};

const exportTask = async (format: ExportFormat, name: string) =>
  exportOne({
    ...{
      library: await openLibrary(library),
      format,
      reference: format === 'bundle' ? pruned : trained,
      out: join(out, name),
    },
    ...{ checkpoint: undefined, force: false, app: 'test' },
    folders: { resources: join(import.meta.dirname, '../../resources'), datasets: join(folder, 'datasets') },
  });

/** As the import process does it, in this process. */
async function importInto(other: Library, path: string, force = true): Promise<void> {
  const staging = join(other.folder, '.import-0123456789ab');
  injector.paused(() => mkdirSync(staging));
  try {
    const { refused } = await importFiles({
      ...{ library: other, staging, paths: [path], as: undefined, mapping: undefined, force, app: 'test' },
      progress: () => undefined,
    });
    const [first] = refused;
    if (first !== undefined)
      throw new MicrobatchError({ code: first.code, message: first.reason, remedy: 'in the reason' });
  } finally {
    injector.paused(() => rmSync(staging, { recursive: true, force: true }));
  }
}

/** A run that waits. */
let waiting: string;
let sweep: string;

/** Puts back what a retry has set aside, once the run is out of the queue again. */
async function takeBackRetry(): Promise<void> {
  await call()['runs.stop']({ run: stopped });
  rmSync(join(library, 'runs', stopped, 'attempts'), { recursive: true });
  for (const name of readdirSync(join(folder, 'pristine', stopped)).filter((one) => one !== 'run.json')) {
    cpSync(join(folder, 'pristine', stopped, name), join(library, 'runs', stopped, name), { recursive: true });
  }
}

async function purgeRuns(which: (run: RunRecord) => boolean): Promise<void> {
  await purge((await call()['runs.list'](null)).filter(which).map(({ id }) => id));
}

async function takeBackSweeps(): Promise<void> {
  rmSync(join(library, 'sweeps'), { recursive: true, force: true });
  await purgeRuns((run) => run.sweep !== undefined);
}

const anyCertificate = certificate.parse({
  ...{ schema: 1, run: 'x', at: '2026-11-25T10:00:00.000Z', app: 'test', outcome: 'verified', notes: [] },
  ...{ execution: null, metrics: null, files: [], damaged: [], replay: null },
});

/** A library of one run with damage of several kinds. */
function makeIll(): void {
  remove('ill');
  const run = join(folder, 'ill', 'runs', trained);
  mkdirSync(run, { recursive: true });
  cpSync(join(folder, 'pristine', trained), run, { recursive: true });
  for (const damaged of ['library.json', 'queue.json', join('runs', trained, 'certificate.json')]) {
    writeFileSync(join(folder, 'ill', damaged), '{');
  }
  const metrics = join(run, 'metrics.sqlite');
  truncateSync(metrics, statSync(metrics).size - 4096);
}

async function repair(): Promise<void> {
  const report = await examine(join(folder, 'ill'), { fix: true });
  const open = report.findings.find(({ kind, done }) => kind === 'damaged' && done === null);
  if (open !== undefined)
    throw new MicrobatchError({ code: open.code, message: `${open.path}: ${open.outlook}`, remedy: 'in the outlook' });
}

const base = JSON.parse(JSON.stringify(tinySpec)) as Record<string, never>;
const deeds: readonly Deed[] = [
  {
    name: 'making a library',
    act: () => openLibrary(join(out, 'library'), { create: true }),
    undo: () => remove('out/library'),
  },
  {
    name: 'opening it as its host',
    act: async () => {
      await lab.close();
      ({ lab } = await openTestLab(library, { trains: 'nothing' }));
    },
    undo: () => undefined,
  },
  {
    name: 'creating a run',
    act: async () => {
      const [record] = await call()['runs.create']({ spec: { ...tinySpec, steps: 30 }, seeds: [7] });
      waiting = String(record?.id);
    },
    undo: () => purge([waiting]),
  },
  {
    name: 'renaming a run',
    act: () => call()['runs.rename']({ run: trained, name: 'another' }),
    undo: () => call()['runs.rename']({ run: trained, name: 'as before' }),
  },
  {
    name: 'giving a waiting run priority',
    act: () => call()['queue.prioritise']({ runs: [waiting], priority: 'high' }),
    undo: () => undefined,
  },
  {
    name: 'letting the queue rest',
    act: () => call()['queue.pause'](null),
    undo: () => call()['queue.start'](null),
  },
  {
    name: 'withdrawing a waiting run',
    act: () => call()['runs.stop']({ run: waiting }),
    undo: () => call()['runs.resume']({ run: waiting }),
  },
  {
    name: 'queueing a run again',
    act: () => call()['runs.resume']({ run: waiting }),
    undo: () => call()['runs.stop']({ run: waiting }),
  },
  {
    name: 'retrying a run',
    act: () => call()['runs.retry']({ run: stopped }),
    undo: () => takeBackRetry(),
  },
  {
    name: 'forking a run',
    act: () => call()['runs.fork']({ run: trained, step: 10, spec: { ...tinySpec, steps: 30 } }),
    undo: async () => purge([await newest()]),
  },
  {
    name: 'removing a run',
    act: () => call()['runs.remove']({ run: waiting }),
    undo: () => call()['runs.restore']({ run: waiting }),
  },
  {
    name: 'restoring a run',
    act: () => call()['runs.restore']({ run: waiting }),
    undo: () => call()['runs.remove']({ run: waiting }),
  },
  {
    name: 'starting a sweep',
    act: async () => {
      const definition = { base, axes: { learningRate: [0.01, 0.02] } };
      ({
        sweep: { id: sweep },
      } = await call()['sweeps.create']({ definition, again: false }));
    },
    undo: () => takeBackSweeps(),
    partial: true,
  },
  {
    name: 'adding seeds to a sweep',
    act: () => call()['sweeps.add-seeds']({ sweep, seeds: [5] }),
    undo: () => purgeRuns(({ spec }) => spec?.seed === 5),
    partial: true,
  },
  {
    name: 'removing a sweep',
    act: () => call()['sweeps.remove']({ sweep }),
    undo: () => renameSync(join(library, 'trash', `sweep-${sweep}.json`), join(library, 'sweeps', `${sweep}.json`)),
  },
  {
    name: 'keeping an evaluation',
    act: () =>
      call()['runs.keep-evaluation']({
        run: trained,
        evaluation: {
          ...{ checkpoint: 20, split: 'test', at: '2026-11-25T10:00:00.000Z', loss: 1, accuracy: 0.5, top5: 1, n: 10 },
          calibrationError: 0.1,
        },
      }),
    undo: () => undefined,
  },
  {
    name: 'keeping a certificate',
    act: () => writeCertificate(join(library, 'runs', trained), anyCertificate),
    undo: () => undefined,
  },
  {
    name: 'pruning checkpoints',
    act: () => call()['checkpoints.prune']({ run: pruned, rule: { every: 1000 }, dryRun: false }),
    undo: () => cpSync(join(folder, 'pristine', pruned), join(library, 'runs', pruned), { recursive: true }),
  },
  ...(['safetensors', 'onnx', 'csv', 'tensorboard', 'bundle'] as const).map((format) => ({
    name: `exporting ${format}`,
    inTurn: format !== 'csv',
    act: () => exportTask(format, format),
    undo: () => remove(join('out', format), join('out', `${format}.json`)),
  })),
  {
    name: 'importing a bundle',
    act: async () => importInto(await openLibrary(join(folder, 'other'), { create: true }), join(out, 'bundle')),
    undo: () => remove('other'),
  },
  {
    name: 'importing weights',
    act: async () => importInto(await openLibrary(join(folder, 'other'), { create: true }), join(out, 'safetensors')),
    undo: () => remove('other'),
  },
  {
    name: 'importing a curve',
    act: async () => importInto(await openLibrary(join(folder, 'other'), { create: true }), join(out, 'csv')),
    undo: () => remove('other'),
  },
  { name: 'repairing a library', act: repair, undo: makeIll },
  {
    name: 'changing a setting of a browser',
    act: () => webSettings(join(folder, 'home'), () => undefined).writeSettings({ theme: 'dark' }),
    undo: () => remove('home'),
  },
];

describe('every write of', () => {
  it.each(deeds.map((deed) => [deed.name, deed] as const))('%s', async (_, deed) => {
    const { writes, problems } = await walk(
      deed,
      injector,
      /porting|setting|repairing/.test(deed.name) ? checkElsewhere : check,
    );
    expect(problems.slice(0, 1)).toEqual([]);
    expect(writes).toBeGreaterThan(0);
  });
}, 300_000);
