import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { CommandLine } from '../../test/command-line.ts';
import { runDocument, shownRun } from '../contracts/command-documents.ts';
import { datasetEntry, datasetReport } from '../contracts/datasets.ts';
import { batchImages, cifarEntries, pickledBatch, tarOf } from '../data/readers/archive-fixture.ts';
import type { TarEntry } from '../data/readers/archive-fixture.ts';

const commands = new CommandLine();
afterAll(() => commands.dispose());

const datasets = join(commands.folder, 'home', 'datasets');
const archive = (name: string, bytes: Uint8Array): string => {
  const path = join(commands.folder, name);
  writeFileSync(path, bytes);
  return path;
};
const small = archive('small-cifar.tar.gz', gzipSync(tarOf(cifarEntries(20))));
const json = async <T extends z.ZodType>(form: T, ...parameters: string[]): Promise<z.infer<T>> => {
  const { stdout, stderr } = await commands.run('datasets', ...parameters, '--json');
  if (stdout === '') throw new Error(stderr);
  return form.parse(JSON.parse(stdout));
};
const catalogue = z.object({ datasets: z.array(datasetEntry) });

describe('datasets', () => {
  it('adds a set, lists it with the runs that use it, verifies, removes and restores it', async () => {
    expect(await json(datasetReport, 'add', small)).toEqual({
      dataset: 'small-cifar',
      splits: { train: 80, validation: 20, test: 20 },
      left: [],
      leftCount: 0,
      published: false,
    });
    const spec = commands.spec({ dataset: { id: 'small-cifar', split: 'reference', augment: true }, steps: 2 });
    const { runs } = await commands.json(runDocument, 'run', '--spec', spec);
    expect(runs).toMatchObject([{ status: 'done', steps: 2 }]);
    const shown = await commands.json(shownRun, 'show', runs[0]?.run ?? '');
    expect(shown.spec?.dataset).toEqual({ id: 'small-cifar', split: 'reference', augment: true });
    expect(shown.provenance.dataHash).toMatch(/^[0-9a-f]{64}$/);

    const listed = await json(catalogue, 'list', '--library', commands.library);
    expect(listed.datasets.find(({ id }) => id === 'small-cifar')).toMatchObject({ state: 'stored', runs: 1 });
    expect(listed.datasets.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['fashion-mnist-small', 'cifar10', 'cifar100', 'fashion-mnist', 'mnist-1d']),
    );
    expect(await json(datasetReport, 'verify', 'small-cifar')).toMatchObject({ dataset: 'small-cifar' });
    await json(z.object({ dataset: z.string() }), 'remove', 'small-cifar');
    const { code, stderr } = await commands.run('run', '--spec', spec, '--library', commands.library);
    expect({ code, said: stderr.includes('data/unknown-dataset') }).toEqual({ code: 1, said: true });
    await json(z.object({ dataset: z.string() }), 'restore', 'small-cifar');
    expect(await json(datasetReport, 'verify', 'small-cifar')).toMatchObject({ splits: { train: 80 } });
  });

  it('makes the one-dimensional digits, on which a run learns', async () => {
    expect(await json(datasetReport, 'download', 'mnist-1d')).toMatchObject({ splits: { train: 3200, test: 1000 } });
    const spec = commands.spec({ dataset: { id: 'mnist-1d' }, steps: 300, evaluateEvery: 100, learningRate: 0.2 });
    const { runs } = await commands.json(runDocument, 'run', '--spec', spec);
    // One in ten by chance.
    expect(runs[0]?.best?.['validation/accuracy']).toBeGreaterThan(0.14);
  });

  it.each([
    ['a file that is not there', ['add', join(commands.folder, 'nothing')], 'data/missing-file'],
    ['a malicious pickle', ['add', archive('evil.tar', tarOf(evilEntries()))], 'data/pickle-refused'],
    ['a name that belongs to a published set', ['add', small, '--id', 'cifar10'], 'data/wrong-checksum'],
    ['a set that nobody knows', ['download', 'imagenet'], 'data/unknown-dataset'],
    ['a set that is not there', ['verify', 'cifar10'], 'data/unknown-dataset'],
    ['a set that ships with the application', ['remove', 'fashion-mnist-small'], 'data/unknown-dataset'],
  ])('refuses %s with one line and exit code 1', async (_, parameters, code) => {
    const { code: exit, stdout, stderr } = await commands.run('datasets', ...parameters);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr.trim().split('\n').at(-1)).toContain(code);
  });

  it('leaves nothing that looks like a set where it is killed while it reads', async () => {
    const large = archive('large.tar', tarOf(largeEntries()));
    const before = readdirSync(datasets).filter((name) => !name.startsWith('.'));
    for (const milliseconds of [150, 400, 700, 1000]) {
      const adding = commands.start('datasets', 'add', large, '--id', `killed-${String(milliseconds)}`);
      await new Promise((settle) => setTimeout(settle, milliseconds));
      adding.signal('SIGKILL');
      await adding.ended;
    }
    // A process that outlived its host by a moment may still finish its rename; what is there must then be whole.
    await vi.waitUntil(() => stagingOwners().every((owner) => !isAlive(owner)), { timeout: 30_000 });
    for (const name of readdirSync(datasets).filter((each) => !each.startsWith('.') && !before.includes(each))) {
      expect(existsSync(join(datasets, name, 'manifest.json'))).toBe(true);
      expect(await json(datasetReport, 'verify', name)).toMatchObject({ dataset: name });
    }
    await json(datasetReport, 'add', large, '--id', 'whole');
    expect(readdirSync(datasets).filter((name) => name.startsWith('.staging'))).toEqual([]);
  });
});

/** Processes that an import in progress, or its remains, belong to. */
function stagingOwners(): number[] {
  return readdirSync(datasets).flatMap((name) => {
    const owner = /^\.staging-(\d+)-/.exec(name)?.[1];
    return owner === undefined ? [] : [Number(owner)];
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** An archive that would run a command where a pickle is trusted. */
function evilEntries(): TarEntry[] {
  const evil = Buffer.from('\x80\x02cos\nsystem\nU\x04date\x85R.', 'latin1');
  return cifarEntries(1).map((entry) => (entry.path.endsWith('test_batch') ? { ...entry, content: evil } : entry));
}

/** Enough images that reading them takes a while. */
function largeEntries() {
  const labels = Array.from({ length: 4000 }, (_, index) => index % 10);
  const content = pickledBatch(labels, batchImages(4000, 1));
  return cifarEntries(1).map(({ path }) => ({ path, content }));
}
