import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron } from 'playwright-core';
import type { ElectronApplication } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { electronBinary } from '../../scripts/electron-binary.ts';

const binary = electronBinary();
if (binary === null) {
  console.warn(
    'SKIPPED: the suite on a real Electron, because its binary is not here. Where GitHub can be reached: npm run setup:electron',
  );
}

/** What only a real Electron can show: the sandboxed preload script, the app:// pages, a utility process. */
describe.skipIf(binary === null)('the application in a real Electron', () => {
  let folder: string;
  let application: ElectronApplication;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'microbatch-electron-'));
    application = await _electron.launch({
      executablePath: String(binary),
      args: [resolve(import.meta.dirname, '../..'), `--user-data-dir=${join(folder, 'user')}`],
      env: { ...definedEnvironment(), MICROBATCH_LIBRARY: join(folder, 'library') },
    });
  });
  afterAll(async () => {
    await application.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives the window the bridge and nothing of Node', async () => {
    const window = await application.firstWindow();
    expect(window.url()).toBe('app://microbatch/');
    expect(await window.evaluate(() => Object.keys(Reflect.get(globalThis, 'microbatch') as object).sort())).toEqual([
      'call',
      'onConnection',
      'subscribe',
      'takeFiles',
    ]);
    expect(await window.evaluate(() => ['require', 'process', 'module'].filter((name) => name in globalThis))).toEqual(
      [],
    );
  });

  it('shows its main navigation', async () => {
    const window = await application.firstWindow();
    await window.getByRole('link', { name: 'Runs' }).first().waitFor();
  });
});

/** Playwright takes only defined variables; those that hide the binary from other tests are left out. */
function definedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== 'ELECTRON_OVERRIDE_DIST_PATH',
  );
  return Object.fromEntries(entries);
}
