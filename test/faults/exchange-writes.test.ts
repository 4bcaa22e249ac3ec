import { cpSync, existsSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MicrobatchError } from '../../src/contracts/errors.ts';
import type { ExportFormat } from '../../src/contracts/exports.ts';
import { webSettings } from '../../src/headless/web-settings.ts';
import { exportOne } from '../../src/lab/exports/exporters.ts';
import { examine } from '../../src/library/doctor/doctor.ts';
import { importFiles } from '../../src/library/imports/import-files.ts';
import { openLibrary } from '../../src/library/library.ts';
import { tinySpec } from '../open-lab.ts';
import type { FaultedWrite } from './fault-injector.ts';
import { walk } from './walk.ts';
import type { Deed } from './walk.ts';
import { WalkedLibrary } from './walked-library.ts';

const walked = new WalkedLibrary();
const { folder, library, out } = walked;
let trained: string;

beforeAll(async () => {
  [trained] = (await walked.open([{ ...tinySpec, checkpoints: { every: 10, keepBest: true } }])) as [string];
  makeIll();
});
afterAll(() => walked.close());

const exportTask = async (format: ExportFormat, name: string) =>
  exportOne({
    ...{ library: await openLibrary(library), format, reference: trained, out: join(out, name) },
    ...{ checkpoint: undefined, force: false, app: 'test' },
    folders: { resources: join(import.meta.dirname, '../../resources'), datasets: join(folder, 'datasets') },
  });

/** As the import process does it, in this process and into another library. */
async function importExported(name: string): Promise<void> {
  const other = await openLibrary(join(folder, 'other'), { create: true });
  const staging = join(other.folder, '.import-0123456789ab');
  walked.injector.paused(() => mkdirSync(staging));
  try {
    const { refused } = await importFiles({
      ...{ library: other, staging, paths: [join(out, name)], as: undefined, mapping: undefined },
      ...{ force: true, app: 'test', progress: () => undefined },
    });
    const [first] = refused;
    if (first !== undefined)
      throw new MicrobatchError({ code: first.code, message: first.reason, remedy: 'in the reason' });
  } finally {
    walked.injector.paused(() => rmSync(staging, { recursive: true, force: true }));
  }
}

/** A library of one run with damage of several kinds. */
function makeIll(): void {
  walked.remove('ill');
  const run = join(folder, 'ill', 'runs', trained);
  mkdirSync(run, { recursive: true });
  cpSync(walked.pristine(trained), run, { recursive: true });
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

const deeds: readonly Deed[] = [
  ...(['safetensors', 'onnx', 'csv', 'tensorboard', 'bundle'] as const).map((format) => ({
    name: `exporting ${format}`,
    inTurn: format !== 'csv',
    act: () => exportTask(format, format),
    undo: () => walked.remove(`out/${format}`, `out/${format}.json`),
  })),
  ...[['a bundle', 'bundle'] as const, ['weights', 'safetensors'] as const, ['a curve', 'csv'] as const].map(
    ([what, name]) => ({
      name: `importing ${what}`,
      act: () => importExported(name),
      undo: () => walked.remove('other'),
    }),
  ),
  { name: 'repairing a library', act: repair, undo: makeIll },
  {
    name: 'changing a setting of a browser',
    act: () => webSettings(join(folder, 'home'), () => undefined).writeSettings({ theme: 'dark' }),
    undo: () => walked.remove('home'),
  },
];

/** Nothing is half done, and a library into which something was imported is sound. */
async function check(faulted?: FaultedWrite): Promise<string[]> {
  const problems = walked.leftovers(faulted);
  const other = join(folder, 'other');
  return existsSync(join(other, 'library.json')) ? [...problems, ...(await walked.diagnose(other))] : problems;
}

describe('every write of', () => {
  it.each(deeds.map((deed) => [deed.name, deed] as const))('%s', async (_, deed) => {
    const { writes, problems } = await walk(deed, walked.injector, check);
    expect(problems.slice(0, 1)).toEqual([]);
    expect(writes).toBeGreaterThan(0);
  });
}, 300_000);
