import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Application } from './application.ts';

/** What the administrator of a machine decides, in the built main process. */
describe('a policy of the machine', () => {
  let folder: string;
  let application: Application | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'microbatch-policy-'));
  });
  afterEach(async () => {
    await application?.dispose();
    rmSync(folder, { recursive: true });
  });

  const startUnder = (policy: object, environment: Readonly<Record<string, string>> = {}): Application => {
    const file = join(folder, 'policy.json');
    writeFileSync(file, JSON.stringify(policy));
    application = new Application({ environment: { MICROBATCH_POLICY: file, ...environment } });
    return application;
  };

  it('names the library, closes the door to the web and decides settings', async () => {
    const library = join(folder, 'lab');
    const started = startUnder({ schema: 1, library, externalLinks: false, settings: { theme: 'dark' } });
    await started.shown();
    expect((await started.call('host.information', null)).library.path).toBe(library);
    expect(await started.call('settings.read', null)).toMatchObject({ theme: 'dark' });
    expect((await started.describe()).theme).toBe('dark');
    await expect(started.call('settings.write', { theme: 'light' })).rejects.toThrow(/^settings\/managed/);
    await expect(started.call('external.open', { url: 'https://example.org/' })).rejects.toThrow(/^external\/refused/);
    expect(await started.tell({ do: 'open-window', url: 'https://example.org/' })).toEqual({ action: 'deny' });
    expect((await started.describe()).opened).toEqual([]);
    await expect(started.tell({ do: 'click-menu', labels: ['File', 'Open library…'] })).rejects.toThrow('no menu item');
  });

  it('forbids updates, or names where they come from, and then nobody is asked', async () => {
    const started = startUnder({ schema: 1, settings: { updates: null } });
    await started.shown();
    const updates = 'https://example.org/microbatch/';
    await expect(started.call('settings.write', { updates })).rejects.toThrow(/^settings\/managed/);
    expect((await started.call('settings.read', null)).updates).toBeNull();
    expect((await started.describe()).dialogs).toEqual([]);
  });

  it('that cannot be obeyed ends the start, with its reason', async () => {
    const started = startUnder({ schema: 1, externalLink: false });
    expect(await started.ended).toBe(1);
    expect(started.output).toContain('policy/unreadable');
  });

  it('is that of the machine alone where the application is packaged', async () => {
    const started = startUnder({ schema: 1, settings: { theme: 'dark' } }, { DOUBLE_PACKAGED: '1' });
    await started.shown();
    expect(await started.call('settings.read', null)).toMatchObject({ theme: 'system' });
  });
});
