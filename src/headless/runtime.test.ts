import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { runtimesDocument } from '../contracts/command-documents.ts';
import type { RuntimeReport } from '../contracts/native-runtime.ts';

const id = 'tensorflow-2.18.1-cpu';
/** Elsewhere there is nothing to install, which the verb says. */
const platform = `${process.platform}-${process.arch}`;

let commands: CommandLine;
let runtimes: string;
beforeEach(() => {
  commands = new CommandLine();
  runtimes = join(commands.folder, 'home', 'runtimes');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await commands.dispose();
});

/** A runtime whose files are not there, only what makes it one. */
function damagedRuntime(): void {
  mkdirSync(join(runtimes, id), { recursive: true });
  const manifest = {
    ...{ format: 1, id, version: '2.18.1', flavour: 'cpu', platform: 'linux-x64' },
    ...{ installed: '2026-01-01T00:00:00Z', addon: 'built', wheels: [] },
  };
  writeFileSync(join(runtimes, id, 'runtime.json'), JSON.stringify(manifest));
}

async function reportsOf(...parameters: string[]): Promise<readonly RuntimeReport[]> {
  const { stdout } = await commands.run('runtime', ...parameters, '--json');
  return runtimesDocument.parse(JSON.parse(stdout)).runtimes;
}

describe('runtime', () => {
  it('says of one that does not load why, and what to do', async () => {
    damagedRuntime();
    const [report] = await reportsOf('list');
    expect(report).toMatchObject({ id, version: '2.18.1', usable: false });
    expect(report?.reason).toContain('tfjs_binding.node');
    expect(report?.remedy).toContain('install it again');
  });

  it('removes one for a week, and brings it back', async () => {
    damagedRuntime();
    expect(await reportsOf('remove', id)).toEqual([]);
    expect(existsSync(join(runtimes, id))).toBe(false);
    expect(await reportsOf('restore', id)).toMatchObject([{ id }]);
    expect(await commands.run('runtime', 'restore', id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('runtime/unknown') as string,
    });
  });

  it.skipIf(platform !== 'linux-x64')(
    'gives an installation up with Ctrl-C; until then no other begins in the same folder',
    async () => {
      const python = commands.write('python3', '#!/bin/sh\ncase "$*" in *--version*) exit 0;; esac\nsleep 600\n');
      chmodSync(python, 0o755);
      vi.stubEnv('PATH', [dirname(python), process.env['PATH'] ?? ''].join(delimiter));
      const command = commands.start('runtime', 'install', '--from', 'pip');
      await command.says(/fetching tensorflow-cpu/);
      const second = await commands.run('runtime', 'install', '--from', 'pip');
      expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('runtime/busy')]);
      command.signal('SIGINT');
      const { code, stderr } = await command.ended;
      expect([code, stderr]).toEqual([1, expect.stringContaining('runtime/cancelled')]);
      expect(readdirSync(join(runtimes, '.downloads'))).toEqual([]);
      expect(readdirSync(runtimes)).not.toContain('.staging');
    },
  );
});
