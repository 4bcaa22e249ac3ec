import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../../../test/open-lab.ts';
import { decodeEvent } from '../../library/formats/tensorboard/event.ts';
import { readRecords } from '../../library/formats/tensorboard/records.ts';
import type { Lab } from '../lab.ts';
import { LiveTensorboard } from './live-tensorboard.ts';

let folder: string;
let lab: Lab;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-live-'));
  ({ lab } = await openTestLab(join(folder, 'library')));
});
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true });
});

/** Steps of a tag, in the order of an event file. */
async function stepsOf(path: string, tag: string): Promise<number[]> {
  const steps: number[] = [];
  await readRecords(path, (record) => {
    const { step, values } = decodeEvent(record);
    if (values.some((value) => value.tag === tag)) steps.push(step);
  });
  return steps;
}

describe('event files that grow while runs train', () => {
  it('hold every recorded point of a run, in a folder of its own', async () => {
    const problem = vi.fn();
    const live = await LiveTensorboard.open(join(folder, 'board'), problem);
    const unsubscribe = lab.subscribe(live.listener);
    const run = await startRun(lab, tinySpec);
    await untilRun(lab, run, hasEnded);
    await live.close();
    unsubscribe();

    const own = join(folder, 'board', `small-batch-seed-1-${run}`);
    const [file] = readdirSync(own);
    expect(await stepsOf(join(own, String(file)), 'train/loss')).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(await stepsOf(join(own, String(file)), 'validation/accuracy')).toEqual([20]);
    expect(problem).not.toHaveBeenCalled();
  });

  it('that cannot be written are told once, and the run is trained without', async () => {
    const problems: string[] = [];
    const live = await LiveTensorboard.open(join(folder, 'blocked'), ({ code }) => problems.push(code));
    const unsubscribe = lab.subscribe(live.listener);
    rmSync(join(folder, 'blocked'), { recursive: true });
    writeFileSync(join(folder, 'blocked'), 'a file where the folder was');
    const run = await startRun(lab, tinySpec);
    const record = await untilRun(lab, run, hasEnded);
    await live.close();
    unsubscribe();
    expect(record.status).toBe('done');
    expect(problems).toEqual(['library/cannot-write']);
  });

  it('need a folder that can be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(LiveTensorboard.open(join(folder, 'file', 'board'), vi.fn())).rejects.toMatchObject({
      code: 'library/cannot-write',
    });
  });
});
