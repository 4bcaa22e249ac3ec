import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import updaters from 'electron-updater';
import electronExecutor from 'electron-updater/out/electronHttpExecutor.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settingsChange } from '../contracts/settings.ts';
import { serveShare } from './update-share.ts';
import { Updates } from './updates.ts';
import type { Updater } from './updates.ts';

/** Electron's requests by those of Node; everything else of the updater is real. */
class NodeExecutor extends electronExecutor.ElectronHttpExecutor {
  override createRequest(
    options: RequestOptions,
    callback: (response: IncomingMessage) => void,
  ): Electron.ClientRequest {
    const request: ClientRequest = httpRequest(options, callback);
    return request as unknown as Electron.ClientRequest;
  }
}

describe('updates', () => {
  let folder: string;
  let share: string;
  let told: string[];
  let asked: string[];
  let logged: unknown[];
  let agrees: boolean[];
  let installed: number;
  let running: number;
  const program = randomBytes(20_000);
  const sha512 = (content: Buffer): string => createHash('sha512').update(content).digest('base64');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'updates-'));
    share = join(folder, 'share');
    mkdirSync(share);
    writeFileSync(join(folder, 'old.AppImage'), 'old');
    vi.stubEnv('APPIMAGE', join(folder, 'old.AppImage'));
    [told, asked, logged, agrees, installed, running] = [[], [], [], [true, true], 0, 0];
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  const publish = (version: string, more: { hash?: string | null; content?: Buffer } = {}): void => {
    const name = `microbatch-${version}-linux-x86_64.AppImage`;
    const { hash = sha512(program), content = program } = more;
    writeFileSync(join(share, name), content);
    const file = { url: name, size: content.length, ...(hash === null ? {} : { sha512: hash }) };
    const info = { version, files: [file], path: name, releaseDate: '2026-11-01T00:00:00.000Z' };
    writeFileSync(
      join(share, 'latest-linux.yml'),
      JSON.stringify({ ...info, ...(hash === null ? {} : { sha512: hash }) }),
    );
  };

  /** The updater of an AppImage, version 0.1.0, in folders of this test. */
  const appImage = (): Updater => {
    const updater = new updaters.AppImageUpdater(null, {
      version: '0.1.0',
      name: 'microbatch',
      isPackaged: true,
      appUpdateConfigPath: join(folder, 'none.yml'),
      userDataPath: folder,
      baseCachePath: join(folder, 'cache'),
      whenReady: () => Promise.resolve(),
      relaunch: () => undefined,
      quit: () => undefined,
      onQuit: () => undefined,
    });
    Reflect.set(updater, 'httpExecutor', new NodeExecutor());
    updater.quitAndInstall = () => void (installed += 1);
    return updater;
  };

  const make = (address: string | null, updater: Updater | null = appImage()): Updates =>
    new Updates({
      address: () => address,
      updater: () => Promise.resolve(updater),
      folder: join(folder, 'own'),
      log: { write: (_where, problem) => void logged.push(problem) },
      unfinishedRuns: () => running,
      tell: (message) => Promise.resolve(void told.push(message)),
      ask: (message) => {
        asked.push(message);
        return Promise.resolve(agrees.shift() ?? false);
      },
    });
  const downloaded = (): string =>
    join(folder, 'cache', 'microbatch-updates', 'pending', 'microbatch-0.2.0-linux-x86_64.AppImage');

  it.runIf(process.platform === 'linux')(
    'come from a folder: found, fetched, compared, and installed when agreed to',
    async () => {
      publish('0.2.0');
      await make(share).check();
      expect(asked).toEqual(['Microbatch 0.2.0 is there.', 'Microbatch 0.2.0 can be installed.']);
      expect(readFileSync(downloaded()).equals(program)).toBe(true);
      expect(installed).toBe(1);
      expect(told).toEqual([]);
    },
  );

  it.runIf(process.platform === 'linux')('are fetched and installed only when the user agrees, each time', async () => {
    publish('0.2.0');
    agrees = [false];
    await make(share).checkAtStart();
    expect(existsSync(downloaded())).toBe(false);
    agrees = [true, false];
    await make(share).check();
    expect([installed, told]).toEqual([0, []]);
  });

  it.runIf(process.platform === 'linux')('are not installed while runs are unfinished', async () => {
    publish('0.2.0');
    running = 1;
    await make(share).check();
    expect([installed, told]).toEqual([0, ['Runs are not finished.']]);
  });

  it.runIf(process.platform === 'linux').each([
    ['the same version', '0.1.0'],
    ['an older one', '0.0.9'],
  ])('are not offered where there is %s', async (_what, version) => {
    publish(version);
    await make(share).checkAtStart();
    expect([asked, told]).toEqual([[], []]);
    await make(share).check();
    expect([asked, told]).toEqual([[], ['There is no newer version.']]);
  });

  it.runIf(process.platform === 'linux').each([
    ['whose bytes are others than stated', () => publish('0.2.0', { content: randomBytes(20_000) })],
    ['whose hash is not stated', () => publish('0.2.0', { hash: null })],
    ['that are described by no YAML', () => writeFileSync(join(share, 'latest-linux.yml'), '{ version: [')],
    ['that are not there', () => rmSync(share, { recursive: true })],
    ['of a folder without any', () => undefined],
  ])('%s are refused, logged and told', async (_what, prepare) => {
    prepare();
    await make(share).check();
    expect(installed).toBe(0);
    expect(told).toEqual(['The search for updates failed.']);
    expect(logged.length).toBeGreaterThan(0);
    // At the start nobody has asked.
    await make(share).checkAtStart();
    expect(told).toHaveLength(1);
  });

  it('are off unless an address is named, and then ask for nothing', async () => {
    const updater = vi.fn(() => Promise.resolve(null));
    const updates = make(null);
    await updates.checkAtStart();
    expect(told).toEqual([]);
    await updates.check();
    expect(told).toEqual(['Updates are off.']);
    expect(updater).not.toHaveBeenCalled();
  });

  it('are not looked for by a copy that was not installed', async () => {
    await make(share, null).check();
    expect(told).toEqual(['This copy cannot update itself.']);
  });
});

describe('the address of updates', () => {
  it.each([
    'https://lab.example.org/microbatch/',
    '/mnt/share/microbatch',
    'C:\\lab\\microbatch',
    '\\\\server\\lab',
    null,
  ])('may be %s', (updates) => expect(settingsChange.safeParse({ updates }).success).toBe(true));
  it.each([
    'http://lab.example.org/',
    'ftp://lab/',
    'file:///mnt/share',
    'javascript:alert(1)',
    'share',
    '',
    '../share',
  ])('may not be %s', (updates) => expect(settingsChange.safeParse({ updates }).success).toBe(false));
});

describe('a share that is served to the updater', () => {
  it('answers below its secret path alone, and no path that leaves the folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'share-'));
    mkdirSync(join(folder, 'open'));
    writeFileSync(join(folder, 'open', 'latest.yml'), 'version: 1');
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    const share = await serveShare(join(folder, 'open'));
    const status = async (url: string): Promise<number> => (await fetch(url)).status;
    expect(await status(`${share.url}latest.yml`)).toBe(200);
    expect(await status(new URL('/latest.yml', share.url).href)).toBe(404);
    for (const path of ['..%2fsecret.txt', '%2e%2e/secret.txt', '..%5csecret.txt', 'none.yml']) {
      expect(await status(share.url + path)).toBe(404);
    }
    await share.close();
    await expect(fetch(share.url)).rejects.toThrow();
    rmSync(folder, { recursive: true });
  });
});
