import { cpSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificate } from '../../src/contracts/certificate.ts';
import type { RunRecord } from '../../src/contracts/run-record.ts';
import { writeCertificate } from '../../src/library/certificate-file.ts';
import { openLibrary } from '../../src/library/library.ts';
import { tinySpec } from '../open-lab.ts';
import { walk } from './walk.ts';
import type { Deed } from './walk.ts';
import { WalkedLibrary } from './walked-library.ts';

const walked = new WalkedLibrary();
const { library, out } = walked;
const call = (): WalkedLibrary['call'] => walked.call;
let trained: string;
let pruned: string;
let stopped: string;

beforeAll(async () => {
  const keeping = { ...tinySpec, checkpoints: { every: 5, keepBest: true } };
  const endless = { ...keeping, steps: 100_000_000, checkpoints: { perDecade: 1, keepBest: true } };
  [trained, pruned, stopped] = (await walked.open([keeping, keeping, endless])) as [string, string, string];
});
afterAll(() => walked.close());

/** A run that waits. */
let waiting: string;
let sweep: string;

const newest = async (): Promise<string> => String((await call()['runs.list'](null))[0]?.id);

/** Puts back what a retry has set aside, once the run is out of the queue again. */
async function takeBackRetry(): Promise<void> {
  await call()['runs.stop']({ run: stopped });
  const [pristine, folder] = [walked.pristine(stopped), join(library, 'runs', stopped)];
  rmSync(join(folder, 'attempts'), { recursive: true });
  for (const name of readdirSync(pristine).filter((one) => one !== 'run.json')) {
    cpSync(join(pristine, name), join(folder, name), { recursive: true });
  }
}

async function purgeRuns(which: (run: RunRecord) => boolean): Promise<void> {
  await walked.purge((await call()['runs.list'](null)).filter(which).map(({ id }) => id));
}

async function takeBackSweeps(): Promise<void> {
  walked.remove('library/sweeps');
  await purgeRuns((run) => run.sweep !== undefined);
}

const anyCertificate = certificate.parse({
  ...{ schema: 1, run: 'x', at: '2026-11-25T10:00:00.000Z', app: 'test', outcome: 'verified', notes: [] },
  ...{ execution: null, metrics: null, files: [], damaged: [], replay: null },
});

const base = JSON.parse(JSON.stringify(tinySpec)) as Record<string, never>;
const deeds: readonly Deed[] = [
  {
    name: 'making a library',
    act: () => openLibrary(join(out, 'library'), { create: true }),
    undo: () => walked.remove('out/library'),
  },
  {
    name: 'opening it as its host',
    act: () => walked.reopen(),
    undo: () => undefined,
  },
  {
    name: 'creating a run',
    act: async () => {
      const [record] = await call()['runs.create']({ spec: { ...tinySpec, steps: 30 }, seeds: [7] });
      waiting = String(record?.id);
    },
    undo: () => walked.purge([waiting]),
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
    undo: async () => walked.purge([await newest()]),
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
    undo: () => cpSync(walked.pristine(pruned), join(library, 'runs', pruned), { recursive: true }),
  },
];

describe('every write of', () => {
  it.each(deeds.map((deed) => [deed.name, deed] as const))('%s', async (_, deed) => {
    const { writes, problems } = await walk(deed, walked.injector, (faulted) => walked.check(faulted));
    expect(problems.slice(0, 1)).toEqual([]);
    expect(writes).toBeGreaterThan(0);
  });
}, 300_000);
