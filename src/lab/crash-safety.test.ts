import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canMount } from '../../test/can-mount.ts';
import { endlessSpec, hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../../test/open-lab.ts';
import type { OpenedLab } from '../../test/open-lab.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import { openLibrary } from '../library/library.ts';
import { readMetrics } from '../library/metric-reader.ts';
import type { LabOptions } from './lab-options.ts';

/** Attacks on a lab that trains: whatever happens to processes and files, runs end, are told of, and harm no other. */
let folder: string;
let library: string;
let opened: OpenedLab;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-attack-'));
  library = join(folder, 'library');
});
afterEach(async () => {
  await opened.lab.close({ withdraw: true });
  rmSync(folder, { recursive: true, force: true });
});

const open = async (options: Partial<LabOptions> = {}): Promise<OpenedLab> => {
  opened = await openTestLab(library, options);
  return opened;
};
const startEndlessRun = async (): Promise<RunRecord> => {
  const run = await startRun(opened.lab, endlessSpec);
  return untilRun(opened.lab, run, ({ step, resolved }) => step > 0 && resolved !== null);
};
const metricsFile = (run: string): string => join(library, 'runs', run, 'metrics.sqlite');
const recordOnDisk = async (run: string): Promise<RunRecord> => (await openLibrary(library)).runs.get(run);

describe('a runner that is killed', () => {
  it('at any instant leaves an interrupted run with a curve without holes, and the next one trains', async () => {
    const { lab } = await open();
    for (let round = 0; round < 4; round += 1) {
      const run = await startRun(lab, endlessSpec);
      const { process: child } = await untilRun(lab, run, (record) => record.process !== null);
      await new Promise((resume) => setTimeout(resume, Math.random() * 600));
      process.kill(Number(child?.pid), 'SIGKILL');
      const record = await untilRun(lab, run, hasEnded);
      expect(record).toMatchObject({ status: 'interrupted', process: null, error: { code: 'runner/died' } });
      expect(await recordOnDisk(run)).toEqual(record);
      const steps = [...(readMetrics(metricsFile(run), ['train/loss'])[0]?.steps ?? [])];
      expect(steps).toEqual(steps.map((_, index) => index + 1));
      expect(record.step).toBe(steps.at(-1) ?? 0);
    }
    const run = await startRun(lab, tinySpec);
    expect(await untilRun(lab, run, hasEnded)).toMatchObject({ status: 'done', error: null });
  });

  it('politely ends in order, as at a shutdown that asks every process at once', async () => {
    const { lab } = await open();
    const { id, process: child } = await startEndlessRun();
    process.kill(Number(child?.pid), 'SIGTERM');
    expect(await untilRun(lab, id, hasEnded)).toMatchObject({ status: 'stopped', error: null });
  });
});

describe('damaged files', () => {
  it('of metrics, found after a crash of the host, are told; the library opens and the other curves are shown', async () => {
    const { lab } = await open();
    const damages = [
      (file: string) => truncateSync(file, 5000),
      (file: string) => truncateSync(file, 0),
      (file: string) => writeFileSync(file, 'no database '.repeat(2000)),
    ];
    const hurt: string[] = [];
    while (hurt.length < damages.length) hurt.push(await startRun(lab, tinySpec));
    const sound = await startRun(lab, tinySpec);
    for (const run of [...hurt, sound]) await untilRun(lab, run, hasEnded);
    await lab.close();
    const { runs } = await openLibrary(library);
    for (const [index, damage] of damages.entries()) {
      const run = String(hurt[index]);
      await runs.save({ ...(await runs.get(run)), status: 'running' });
      damage(metricsFile(run));
    }

    const again = await open();
    for (const run of hurt) {
      expect(await again.lab.handlers['runs.get']({ run })).toMatchObject({ status: 'interrupted' });
    }
    expect(again.problems.map(({ code }) => code)).toEqual(damages.map(() => 'metrics/damaged'));
    const read = { runs: [...hurt, sound], series: ['train/loss'], points: 100 };
    const batches = await again.lab.handlers['metrics.read'](read);
    expect(batches.map((batch) => Object.keys(batch.series))).toEqual([[], [], [], ['train/loss']]);
    for (const run of hurt) {
      const alone = again.lab.handlers['metrics.read']({ ...read, runs: [run] });
      await expect(alone).rejects.toMatchObject({ code: 'metrics/damaged' });
    }
  });

  it('metrics replaced while their run trains end that run alone', async () => {
    const { lab, problems } = await open();
    const { id } = await startEndlessRun();
    renameSync(metricsFile(id), join(folder, 'moved.sqlite'));
    writeFileSync(metricsFile(id), 'no database '.repeat(2000));
    await lab.handlers['runs.stop']({ run: id });
    expect(await lab.handlers['runs.get']({ run: id })).toMatchObject({ error: { code: 'metrics/damaged' } });
    expect(problems.map(({ code }) => code)).toContain('metrics/damaged');
    expect(await untilRun(lab, await startRun(lab, tinySpec), hasEnded)).toMatchObject({ status: 'done' });
  });

  it('a record that is torn is named and hides no other', async () => {
    const first = await open();
    const [torn, sound] = [await startRun(first.lab, tinySpec), await startRun(first.lab, tinySpec)];
    for (const run of [torn, sound]) await untilRun(first.lab, run, hasEnded);
    await first.lab.close();
    truncateSync(join(library, 'runs', torn, 'run.json'), 100);
    const { lab, problems } = await open();
    expect((await lab.handlers['runs.list'](null)).map(({ id }) => id)).toEqual([sound]);
    expect(problems.map(({ code }) => code)).toEqual(['run/damaged']);
  });
});

describe('a run folder that is removed by hand', () => {
  const removeFolder = (run: string): void => rmSync(join(library, 'runs', run), { recursive: true });

  it('under a run that trains ends that run, which says why and can be taken off the list', async () => {
    const { lab } = await open();
    const { id } = await startEndlessRun();
    removeFolder(id);
    const record = await untilRun(lab, id, hasEnded);
    expect(record).toMatchObject({ status: 'failed', error: { code: 'metrics/gone' } });
    await lab.handlers['runs.remove']({ run: id });
    expect(await lab.handlers['runs.list'](null)).toEqual([]);
    expect(await untilRun(lab, await startRun(lab, tinySpec), hasEnded)).toMatchObject({ status: 'done' });
  });

  it('under a run that waits lets it be taken off the list, and the others train', async () => {
    const { lab, problems } = await open();
    await lab.handlers['queue.pause'](null);
    const [first, second, third] = [
      await startRun(lab, tinySpec),
      await startRun(lab, tinySpec),
      await startRun(lab, tinySpec),
    ];
    for (const run of [first, second]) removeFolder(run);
    await lab.handlers['runs.remove']({ run: first });
    await lab.handlers['queue.start'](null);
    expect(await untilRun(lab, third, hasEnded)).toMatchObject({ status: 'done' });
    expect(await untilRun(lab, second, hasEnded)).toMatchObject({ status: 'failed' });
    expect(problems.map(({ code }) => code)).toContain('library/gone');
    await lab.handlers['runs.remove']({ run: second });
    expect((await lab.handlers['runs.list'](null)).map(({ id }) => id)).toEqual([third]);
  });
});

describe('a library that goes away', () => {
  it('while a run trains: the run can be stopped, and the lab closes', async () => {
    const { lab, problems } = await open();
    const { id } = await startEndlessRun();
    rmSync(library, { recursive: true });
    await lab.handlers['runs.stop']({ run: id });
    expect(hasEnded(await lab.handlers['runs.get']({ run: id }))).toBe(true);
    expect(problems.map(({ code }) => code)).toContain('library/gone');
    await expect(startRun(lab, tinySpec)).rejects.toMatchObject({ code: 'library/gone' });
  });
});

if (!canMount) console.warn('SKIPPED: a full disk; no small file system can be mounted here.');

describe.skipIf(!canMount)('a disk', () => {
  beforeEach(() => {
    mkdirSync(library);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', library]);
  });
  afterEach(async () => {
    await opened.lab.close({ withdraw: true });
    execFileSync('umount', ['--lazy', library]);
  });

  it('that is full fails the run with a reason; with room again the next one trains', async () => {
    const { lab } = await open();
    const run = await startRun(lab, endlessSpec);
    const record = await untilRun(lab, run, hasEnded);
    expect(record).toMatchObject({ status: 'failed', error: { code: 'metrics/cannot-write' } });
    writeFill(join(library, 'fill'));
    await expect(startRun(lab, tinySpec)).rejects.toMatchObject({ code: 'library/disk-full' });
    rmSync(join(library, 'fill'));
    await lab.handlers['runs.remove']({ run });
    rmSync(join(library, 'trash'), { recursive: true });
    expect(await untilRun(lab, await startRun(lab, tinySpec), hasEnded)).toMatchObject({ status: 'done' });
  });
});

/** Root may write whatever the permissions say, but not what is immutable. */
const isRoot = process.getuid?.() === 0;
const canForbid = process.platform === 'linux' && tryForbid();
if (!canForbid) console.warn('SKIPPED: a library that turns read-only; nothing can be forbidden to this user here.');

describe.skipIf(!canForbid)('a library that turns read-only', () => {
  afterEach(() => {
    forbid(library, false);
  });

  it('lets the run be stopped, tells why its record stays behind, and catches up when it can', async () => {
    const { lab, problems } = await open();
    const { id } = await startEndlessRun();
    forbid(library, true);
    await lab.handlers['runs.stop']({ run: id });
    expect(await lab.handlers['runs.get']({ run: id })).toMatchObject({ status: 'stopped' });
    expect(problems.map(({ code }) => code)).toEqual(['library/not-writable']);
    expect(await recordOnDisk(id)).toMatchObject({ status: 'running' });
    await expect(startRun(lab, tinySpec)).rejects.toMatchObject({ code: 'library/not-writable' });
    forbid(library, false);
    await lab.close();
    expect(await recordOnDisk(id)).toMatchObject({ status: 'stopped' });
  });

  it('is read as it is, with the curve of a run whose process was killed', async () => {
    const { lab } = await open();
    const { id, process: child } = await startEndlessRun();
    const kept = async (): Promise<number> => {
      const [batch] = await lab.handlers['metrics.read']({ runs: [id], series: ['train/loss'], points: 100 });
      return batch?.series['train/loss']?.steps.length ?? 0;
    };
    await expect.poll(kept).toBeGreaterThan(0);
    process.kill(Number(child?.pid), 'SIGKILL');
    await untilRun(lab, id, hasEnded);
    await lab.close();
    forbid(library, true);
    expect(readMetrics(metricsFile(id), ['train/loss'])[0]?.steps.length).toBeGreaterThan(0);
  });
});

/** Takes the right to make, replace and remove files in a folder and those below from this user, or gives it back. */
function forbid(place: string, isForbidden: boolean): void {
  const change = isRoot ? ['chattr', isForbidden ? '+i' : '-i'] : ['chmod', isForbidden ? 'a-w' : 'u+w'];
  execFileSync('find', [place, '-type', 'd', '-exec', ...change, '{}', '+'], { stdio: 'pipe' });
}

function tryForbid(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'forbid-'));
  try {
    forbid(place, true);
    forbid(place, false);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function writeFill(file: string): void {
  try {
    while (true) appendFileSync(file, Buffer.alloc(4096));
  } catch {
    // It is full now.
  }
}
