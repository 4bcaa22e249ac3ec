import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exampleSettings } from '../../src/engine/training/trainer-fixture.ts';

const child = join(import.meta.dirname, 'resume-child.ts');
const outcomes = z.record(z.string(), z.object({ state: z.unknown(), recorded: z.array(z.unknown()) }));

describe.each(['onnx', 'tfjs-wasm', 'tfjs-cpu'])('resuming in another process on %s', (executor) => {
  let folder = '';
  let whole: z.infer<typeof outcomes> = {};
  let resumed: z.infer<typeof outcomes> = {};

  /** Takes steps of every setting in a fresh process. */
  function train(steps: number, to: string, from?: string): z.infer<typeof outcomes> {
    const files = [to, ...(from === undefined ? [] : [from])].map((name) => join(folder, name));
    const { status, stderr } = spawnSync(process.execPath, [child, executor, String(steps), ...files], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    return outcomes.parse(deserialize(readFileSync(join(folder, to))));
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'resume-'));
    whole = train(7, 'whole');
    train(3, 'first');
    resumed = train(4, 'second', 'first');
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(Object.keys(exampleSettings))(
    '%s: seven steps equal three, another process and four, byte for byte',
    (name) => {
      expect(resumed[name]?.recorded).toEqual(whole[name]?.recorded.slice(3));
      expect(serialize(resumed[name]?.state).equals(serialize(whole[name]?.state))).toBe(true);
    },
  );

  it('tells a run that went another way: methods that differ end in different states', () => {
    const states = Object.values(whole).map(({ state }) => serialize(state).toString('latin1'));
    expect(new Set(states).size).toBe(Object.keys(exampleSettings).length);
  });
});
