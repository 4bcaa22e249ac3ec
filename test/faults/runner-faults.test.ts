import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/contracts/run-record.ts';
import { runSpec } from '../../src/contracts/run-spec.ts';
import { forkProcessHost } from '../../src/headless/fork-process-host.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { ProcessHost } from '../../src/lab/process-host.ts';
import { CheckpointStore } from '../../src/library/checkpoints/checkpoint-store.ts';
import { examine } from '../../src/library/doctor/doctor.ts';
import { readMetrics } from '../../src/library/metric-reader.ts';
import { hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../open-lab.ts';
import { canMount } from '../can-mount.ts';
import type { Fault } from './fault-injector.ts';

/** Saves after every step, so that the writes of a checkpoint fail one after the other as training goes on. */
const spec = runSpec.parse({ ...tinySpec, steps: 120, evaluateEvery: 10, checkpoints: { every: 1, keepBest: true } });

const folder = mkdtempSync(join(tmpdir(), 'microbatch-runner-faults-'));
let undisturbed: string;
beforeAll(async () => {
  const library = join(folder, 'undisturbed');
  const { lab } = await openTestLab(library);
  const run = await startRun(lab, spec);
  expect(await untilRun(lab, run, hasEnded)).toMatchObject({ status: 'done' });
  await lab.close();
  undisturbed = await ending(library, run);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The last state and every recorded point but those of the clock. */
async function ending(library: string, run: string): Promise<string> {
  const place = join(library, 'runs', run);
  const series = readMetrics(join(place, 'metrics.sqlite')).filter(({ name }) => !name.startsWith('system/'));
  const points = series.map(({ name, steps, values }) => [name, [...steps], [...values]]);
  return JSON.stringify([await new CheckpointStore(place).stateHash(spec.steps), points]);
}

/** Processes whose writes below `root` meet the fault, as long as there is one. */
function faultyProcesses(root: string): { processHost: ProcessHost; set: (fault: Fault | null) => void } {
  let fault: Fault | null = null;
  return {
    set: (next) => (fault = next),
    processHost: {
      start: (entry, options) =>
        forkProcessHost.start(entry, {
          ...options,
          environment: {
            ...options.environment,
            ...(fault === null
              ? {}
              : {
                  NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'preload.ts')).href}`,
                  FAULT_OF_TEST: JSON.stringify({ root, fault }),
                }),
          },
        }),
    },
  };
}

/** What is there is sound, whatever has failed; what is unfinished may lie about. */
async function expectSound(library: string, { id }: RunRecord): Promise<number> {
  const { findings } = await examine(library, { fix: false });
  expect(findings.filter(({ kind }) => kind !== 'leftover')).toEqual([]);
  return (await new CheckpointStore(join(library, 'runs', id)).list()).at(-1)?.step ?? 0;
}

const failed = async (lab: Lab, run: string): Promise<RunRecord> => {
  const record = await untilRun(lab, run, hasEnded);
  if (record.status !== 'failed') return record;
  expect(record.error).toMatchObject({
    message: expect.stringContaining(run) as string,
    remedy: expect.any(String) as string,
  });
  expect(record.error?.code).toMatch(/^(metrics|library)\//);
  return record;
};

describe('a training process whose writes fail', () => {
  it.each(['EACCES', 'EIO', 'short'] as const)(
    'one after the other (%s) trains on, or fails with a reason and goes on, to the same end',
    async (kind) => {
      const library = join(folder, kind);
      const { processHost, set } = faultyProcesses(library);
      const { lab } = await openTestLab(library, { processHost });
      // Prime, so that another write of a checkpoint is met each time.
      set({ kind, at: 30, every: 37 });
      const run = await startRun(lab, spec);
      let faults = 0;
      for (let record = await failed(lab, run); record.status !== 'done'; record = await failed(lab, run)) {
        faults += 1;
        await expectSound(library, record);
        set(faults > 3 ? null : { kind, at: 200 + 17 * faults, every: 37 });
        await lab.handlers['runs.resume']({ run });
      }
      const log = await lab.handlers['runs.log']({ run });
      await lab.close();
      expect(log.filter((line) => line.includes('could not be written')).length).toBeGreaterThan(3);
      expect(await ending(library, run)).toBe(undisturbed);
    },
    180_000,
  );

  it.each([108, 121, 134])(
    'because the disk is full from write %i on keeps its last checkpoint and goes on once there is room',
    async (at) => {
      const library = join(folder, `full-${String(at)}`);
      const { processHost, set } = faultyProcesses(library);
      const { lab } = await openTestLab(library, { processHost });
      set({ kind: 'ENOSPC', at });
      const run = await startRun(lab, spec);
      const record = await failed(lab, run);
      expect(record).toMatchObject({ status: 'failed', error: { code: 'metrics/cannot-write' } });
      expect(await expectSound(library, record)).toBeGreaterThan(0);
      set(null);
      await lab.handlers['runs.resume']({ run });
      expect(await untilRun(lab, run, hasEnded)).toMatchObject({ status: 'done' });
      await lab.close();
      expect(await ending(library, run)).toBe(undisturbed);
    },
    180_000,
  );

  it.each([2, 3, 5, 7])(
    'as it begins (write %i) says why, and begins when it may',
    async (at) => {
      const library = join(folder, `first-${String(at)}`);
      const { processHost, set } = faultyProcesses(join(library, 'runs'));
      const { lab } = await openTestLab(library, { processHost });
      set({ kind: at % 2 === 0 ? 'EACCES' : 'EIO', at });
      const run = await startRun(lab, { ...spec, steps: 3, checkpoints: undefined });
      const record = await failed(lab, run);
      await expectSound(library, record);
      set(null);
      if (record.status === 'failed') await lab.handlers['runs.resume']({ run });
      expect(await untilRun(lab, run, hasEnded)).toMatchObject({ status: 'done', error: null });
      await lab.close();
    },
    60_000,
  );
});

if (!canMount)
  console.warn('SKIPPED: a disk that fills up in the middle of a checkpoint; nothing can be mounted here.');

describe.skipIf(!canMount)('a disk that really fills up', () => {
  it('costs no more than what is not saved, and the run goes on from there', async () => {
    const library = join(folder, 'small-disk');
    mkdirSync(library);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', library]);
    try {
      const { lab } = await openTestLab(library);
      const run = await startRun(lab, spec);
      await untilRun(lab, run, ({ step, status }) => step > 5 || status === 'failed');
      const { bavail, bsize } = statfsSync(library);
      writeFileSync(join(library, 'fill'), Buffer.alloc(Math.max(0, (bavail - 4) * bsize)));
      const record = await failed(lab, run);
      expect(record.status).toBe('failed');
      const saved = await expectSound(library, record);
      expect(saved).toBeGreaterThan(0);
      rmSync(join(library, 'fill'));
      execFileSync('mount', ['-o', 'remount,size=8m', library]);
      await lab.handlers['runs.resume']({ run });
      expect(await untilRun(lab, run, hasEnded)).toMatchObject({ status: 'done' });
      await lab.close();
      expect(await ending(library, run)).toBe(undisturbed);
    } finally {
      execFileSync('umount', ['--lazy', library]);
    }
  }, 60_000);
});
