import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../../test/open-lab.ts';
import { lostPoints, observe, tornCheckpoints } from './observation.ts';

/** A drill that could not fail would be worth nothing: here its checks meet what they are there for. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-drill-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('what the drill checks', () => {
  it('finds points that are gone or have changed by one bit', () => {
    const before = new Map([['train/loss', new Map([1, 2, 3].map((step) => [step, step / 3]))]]);
    expect(lostPoints(before, before)).toEqual([]);
    expect(lostPoints(before, new Map())).toHaveLength(3);
    const changed = new Map([
      ['train/loss', new Map([1, 2, 3].map((step) => [step, step === 2 ? 0.6666666666666667 : step / 3]))],
    ]);
    expect(lostPoints(before, changed)).toEqual(['train/loss at step 2 was 0.6666666666666666, is 0.6666666666666667']);
  });

  it('finds a damaged record, a torn manifest and a torn tensor', async () => {
    const { lab } = await openTestLab(folder);
    const id = await startRun(lab, tinySpec);
    const record = await untilRun(lab, id, hasEnded);
    await lab.close();
    const place = join(folder, 'runs', id);
    expect(await observe(folder)).toMatchObject({ record: { id }, newest: tinySpec.steps, problems: [] });
    expect(await tornCheckpoints(folder, record)).toEqual([]);

    const objects = join(place, 'checkpoints', 'objects');
    writeFileSync(join(objects, readdirSync(objects)[0] ?? ''), 'torn');
    expect((await tornCheckpoints(folder, record)).join()).toContain('it has 4 bytes');
    const manifests = readdirSync(join(place, 'checkpoints')).filter((name) => name.endsWith('.json'));
    writeFileSync(join(place, 'checkpoints', manifests.at(-1) ?? ''), '{');
    expect((await observe(folder)).problems).toHaveLength(1);
    writeFileSync(join(place, 'run.json'), '{');
    expect(await observe(folder)).toMatchObject({ record: null, problems: [expect.stringContaining('run.json')] });
  });
});
