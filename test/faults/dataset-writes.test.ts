import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importDataset } from '../../src/data/import-dataset.ts';
import { knownSet } from '../../src/data/known-sets.ts';
import type { KnownSet } from '../../src/data/known-sets.ts';
import { downloadSet } from '../../src/data/obtain-known-set.ts';
import { cifarEntries, tarOf } from '../../src/data/readers/archive-fixture.ts';
import { verifyDataset } from '../../src/data/report.ts';
import { storedSets } from '../../src/data/store/manifest.ts';
import { removeSet, restoreSet } from '../../src/data/store/trash.ts';
import { FaultInjector } from './fault-injector.ts';
import { halfDone, walk } from './walk.ts';
import type { Deed } from './walk.ts';

/** As the process of a data set does its work, in this process. */
const folder = mkdtempSync(join(tmpdir(), 'microbatch-dataset-faults-'));
const datasets = join(folder, 'datasets');
const source = join(folder, 'source.tar');
const archive = tarOf(cifarEntries(1));
let server: Server;
let published: KnownSet;
let injector: FaultInjector;

beforeAll(async () => {
  mkdirSync(datasets);
  writeFileSync(source, archive);
  server = createServer((_, response) => response.end(archive));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const address = `http://127.0.0.1:${String(typeof bound === 'object' ? bound?.port : bound)}/cifar.tar`;
  const md5 = createHash('md5').update(archive).digest('hex');
  const cifar = knownSet('cifar10');
  if (cifar === undefined) throw new Error('CIFAR-10 is not known any more');
  const file = { name: 'cifar.tar', address, bytes: archive.length, md5 };
  published = { ...cifar, id: 'served', forms: [{ kind: 'cifar10-python', files: [file] }] };
  injector = new FaultInjector(datasets);
});
afterAll(() => {
  injector.remove();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const remove = (...names: string[]): void => {
  for (const name of names) rmSync(join(datasets, name), { recursive: true, force: true });
};

const deeds: readonly Deed[] = [
  {
    name: 'adding a data set',
    act: () => importDataset(datasets, { path: source, id: 'mine' }),
    undo: () => remove('mine'),
  },
  {
    name: 'downloading a data set',
    act: () => downloadSet(datasets, published, () => undefined),
    // What has come stays for the next try; here that one begins anew, so that it writes as the first one did.
    undo: () => remove('served', '.downloads'),
    partial: true,
  },
  { name: 'removing a data set', act: () => removeSet(datasets, 'mine'), undo: () => restoreSet(datasets, 'mine') },
  { name: 'restoring a data set', act: () => restoreSet(datasets, 'mine'), undo: () => removeSet(datasets, 'mine') },
];

/** Every stored set is whole, and nothing is half done but a download, which is gone on from. */
async function check(): Promise<string[]> {
  const left = halfDone(datasets).filter((name) => !name.startsWith('.downloads'));
  remove(...left);
  const problems = left.map((name) => `${name} is left half done`);
  for (const { id } of storedSets(datasets)) {
    const found = await verifyDataset(id, { datasets, resources: '' }).catch((error: unknown) => String(error));
    if (typeof found === 'string') problems.push(found);
  }
  return problems;
}

describe('every write of', () => {
  it.each(deeds.map((deed) => [deed.name, deed] as const))('%s', async (_, deed) => {
    const { writes, problems } = await walk(deed, injector, check);
    expect(problems.slice(0, 3)).toEqual([]);
    expect(writes).toBeGreaterThan(2);
  });
});
