import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';

const program = join(import.meta.dirname, '../../../../test/steady-memory-child.ts');
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'microbatch-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

it('keeps no reports about the user for its maker, whatever the environment says', async () => {
  const folders = { HOME: home, USERPROFILE: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home };
  const child = fork(program, ['onnx', 'gradient-norm', '2'], {
    env: { ...process.env, ...folders, ORT_DISABLE_TELEMETRY: '0' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await readdir(home, { recursive: true })).toEqual([]);
});
