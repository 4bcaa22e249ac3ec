import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../../test/open-lab.ts';
import { examine } from '../library/doctor/doctor.ts';

const day = 24 * 3600 * 1000;

let library: string;
beforeEach(() => {
  library = mkdtempSync(join(tmpdir(), 'microbatch-clock-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(library, { recursive: true, force: true });
});

/** Moves the clock of this host; that of its training processes stays. */
function setClock(milliseconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: milliseconds });
}

it('a clock that is set back changes neither durations nor the order of the queue, nor what is certified', async () => {
  const now = Date.now();
  setClock(now + day);
  const early = await openTestLab(library, { trains: 'nothing' });
  const [first, second] = [await startRun(early.lab, tinySpec), await startRun(early.lab, { ...tinySpec, steps: 30 })];
  await early.lab.close();

  setClock(now - day);
  const { lab, problems } = await openTestLab(library, { trains: 'nothing' });
  const third = await startRun(lab, { ...tinySpec, steps: 40 });
  expect((await lab.handlers['queue.read'](null)).entries.map(({ run }) => run)).toEqual([first, second, third]);
  await lab.close();

  const trains = await openTestLab(library);
  const records = [];
  for (const run of [first, second, third]) records.push(await untilRun(trains.lab, run, hasEnded));
  for (const record of records) {
    expect(record).toMatchObject({ status: 'done', error: null });
    expect(record.seconds).toBeGreaterThan(0);
    expect(record.seconds).toBeLessThan(60);
    // It tells what the clock said, in the order in which things happened.
    expect(record.history.map(({ event }) => event)).toEqual(['created', 'started', 'done']);
  }
  const [before] = records;
  expect(Date.parse(before?.createdAt ?? '')).toBeGreaterThan(Date.parse(before?.endedAt ?? ''));

  expect(await trains.lab.handlers['runs.verify']({ run: third })).toMatchObject({ outcome: 'verified' });
  // Set back once more: the certificate is older than the end of the run by the clock, and of it all the same.
  setClock(now - 2 * day);
  expect(await trains.lab.handlers['runs.verify']({ run: third })).toMatchObject({ outcome: 'verified', damaged: [] });
  await trains.lab.close();
  expect([...early.problems, ...problems, ...trains.problems]).toEqual([]);
  expect(await examine(library, { fix: false })).toMatchObject({ sound: true, findings: [] });
});
