import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import type { RunningCommand } from '../../test/command-line.ts';
import { listDocument } from '../contracts/command-documents.ts';

let commands: CommandLine;
let host: RunningCommand;
let address: URL;

beforeEach(async () => {
  commands = new CommandLine();
  host = commands.start('serve', '--port', '0', '--library', commands.library);
  address = new URL(await host.says(/^http:\S+$/m));
});
afterEach(async () => {
  host.signal('SIGINT');
  await host.ended;
  await commands.dispose();
});

/** Whether a host has left its note in the library. */
const isOwned = (folder: string): boolean => existsSync(join(folder, 'host.json'));
const library = (): string[] => ['--library', commands.library];

describe('serve', () => {
  it('prints nothing but its address with the token on stdout, on this machine only', async () => {
    expect(address.hostname).toBe('127.0.0.1');
    expect((await fetch(address.origin)).status).toBe(403);
    const entered = await fetch(address, { redirect: 'manual' });
    expect(entered.status).toBe(303);
    host.signal('SIGINT');
    expect(await host.ended).toMatchObject({ code: 0, stdout: `${address.href}\n` });
  });

  it('prints the link for reading where no script takes it for the address', async () => {
    const other = new CommandLine();
    const shared = other.start('serve', '--port', '0', '--share', '--library', other.library);
    const own = await shared.says(/^http:\S+$/m);
    shared.signal('SIGINT');
    const { stdout, stderr } = await shared.ended;
    expect(stdout).toBe(`${own}\n`);
    expect(stderr).toMatch(/^For reading only: http:\S+$/m);
    await other.dispose();
  });

  it('gives the library back at its end', async () => {
    expect(isOwned(commands.library)).toBe(true);
    host.signal('SIGTERM');
    expect((await host.ended).code).toBe(0);
    expect(isOwned(commands.library)).toBe(false);
  });

  it('goes on where the reader of its address leaves', async () => {
    host.leave();
    expect((await fetch(address, { redirect: 'manual' })).status).toBe(303);
  });

  it('says so where the port is in use, and leaves the library alone', async () => {
    const other = new CommandLine();
    const { code, stdout, stderr } = await other.run('serve', '--port', address.port, '--library', other.library);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^host\/port-in-use: port \d+ on 127\.0\.0\.1 is in use[^\n]*\n$/);
    expect(isOwned(other.library)).toBe(false);
    await other.dispose();
  });

  it('takes a certificate only with its key', async () => {
    const { code, stdout, stderr } = await commands.run('serve', '--tls-cert', 'certificate.pem', ...library());
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--tls-key is missing');
  });

  it('leaves the library readable beside it, and says who owns it to whoever would train', async () => {
    expect(await commands.json(listDocument, 'list')).toEqual({ runs: [] });
    for (const parameters of [['run', '--spec', commands.spec()], ['quickstart'], ['serve', '--port', '0']]) {
      const { code, stdout, stderr } = await commands.run(...parameters, ...library());
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        new RegExp(
          `^library/owned: .* belongs to a web host \\(microbatch serve\\) \\(process ${String(host.pid)}[^\\n]*\\n$`,
        ),
      );
    }
    expect(await commands.json(listDocument, 'list')).toEqual({ runs: [] });
  });
});
