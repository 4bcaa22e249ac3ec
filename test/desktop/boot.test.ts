import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiNames } from '../../src/contracts/calls.ts';
import { callChannel, droppedChannel } from '../../src/contracts/channels.ts';
import { Application, ownPage } from './application.ts';

/** Addresses that got past the checks of other applications: the name of the home page stands in them, but elsewhere. */
const addressesOfElsewhere = [
  'https://example.org/',
  'https://example.org/?next=app://microbatch/',
  'https://example.org/#app://microbatch/',
  'https://example.org/app://microbatch/',
  'app://microbatch@example.org/',
  'app://microbatch:secret@example.org/',
  'app://microbatch.example.org/',
  'app://microbatch:8080/',
  'apps://microbatch/',
  'javascript:alert(1)//app://microbatch/',
  'data:text/html,app://microbatch/',
  'file:///app://microbatch/index.html',
  'blob:app://microbatch/5b1',
  'view-source:app://microbatch/',
  'about:blank',
];

/** Addresses that a system would run, mount or disguise instead of showing them. */
const addressesNeverOpened = [
  'file:///etc/passwd',
  'file://host/share/run.exe',
  String.raw`\\host\share\run.exe`,
  '//host/share',
  'javascript:alert(1)',
  'java\tscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'ms-settings:privacy',
  'ssh://-oProxyCommand=x/',
  'https://arxiv.org@example.org/',
  'https://',
];

/** The built main process, booted against a double of Electron: what it sets up before any page could misbehave. */
describe('the desktop application', () => {
  let application: Application;
  beforeAll(async () => {
    application = new Application();
    await application.shown();
  });
  afterAll(() => application.dispose());

  it('shows one window on its own page, with every protection on', async () => {
    const { windows } = await application.describe();
    expect(windows).toHaveLength(1);
    expect(windows[0]?.url).toBe(ownPage);
    expect(windows[0]?.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
    });
    expect(windows[0]?.webPreferences).not.toHaveProperty('enableBlinkFeatures');
  });

  it('loads a preload script that a sandboxed window can load: one CommonJS file that needs electron alone', async () => {
    const { windows } = await application.describe();
    const preload = String(windows[0]?.webPreferences.preload);
    expect(isAbsolute(preload) && existsSync(preload)).toBe(true);
    expect(preload).toMatch(/\.cjs$/);
    const required = [...readFileSync(preload, 'utf8').matchAll(/require\((["'`])(.*?)\1\)/g)].map((match) => match[2]);
    expect(required).toEqual(['electron']);
  });

  it('listens on one channel for each call of the table, on four for the window, and on nothing else', async () => {
    await application.call('settings.write', { sidebar: 'rail' });
    const { channels, listeners } = await application.describe();
    expect(channels.sort()).toEqual([...apiNames.map(callChannel), droppedChannel].sort());
    expect(listeners.sort()).toEqual(['microbatch:cancel', 'microbatch:listening', 'microbatch:received']);
  });

  it('answers its own page', async () => {
    const information = await application.call('host.information', null);
    expect(information).toMatchObject({ kind: 'desktop', library: { readOnly: false } });
    expect(await application.call('runs.list', null)).toEqual([]);
    expect((await application.call('datasets.list', null)).map((dataset) => dataset.id)).toContain(
      'fashion-mnist-small',
    );
  });

  it('remembers settings and follows the theme', async () => {
    expect(await application.call('settings.write', { theme: 'dark' })).toMatchObject({ theme: 'dark' });
    expect(await application.call('settings.read', null)).toMatchObject({ theme: 'dark' });
    expect((await application.describe()).theme).toBe('dark');
    const sent = await application.tell({ do: 'take-sent' });
    expect(sent).toContainEqual({
      channel: 'microbatch:event',
      sent: ['settings.changed', expect.objectContaining({ theme: 'dark' }) as unknown],
    });
  });

  it('changes the theme from its menu', async () => {
    await application.tell({ do: 'click-menu', labels: ['View', 'Appearance', 'Light'] });
    await application.until(async () => (await application.describe()).theme === 'light');
    expect(await application.call('settings.read', null)).toMatchObject({ theme: 'light' });
  });

  it.each([
    ['another page', 'https://example.org/', 'top'],
    ['a page whose address only contains ours', `https://example.org/?${ownPage}`, 'top'],
    ['a frame inside our page', ownPage, 'inner'],
  ] as const)('does not answer %s', async (_who, from, frame) => {
    const reply = await application.tell({
      do: 'invoke',
      channel: 'microbatch:call:runs.list',
      parameters: null,
      from,
      frame,
    });
    expect(reply).toMatchObject({ error: { code: 'request/foreign-sender' } });
  });

  it('grants pages the clipboard and notifications, nothing else, and strangers nothing', async () => {
    const ask = (permission: string, from: string): Promise<unknown> =>
      application.tell({ do: 'permission', permission, from });
    for (const permission of ['media', 'geolocation', 'clipboard-read', 'fullscreen', 'openExternal', 'fileSystem']) {
      expect(await ask(permission, ownPage)).toEqual({ request: false, check: false, device: false });
    }
    expect(await ask('notifications', ownPage)).toEqual({ request: true, check: true, device: false });
    expect(await ask('notifications', 'https://example.org/')).toEqual({ request: false, check: false, device: false });
  });

  it('keeps its window at home, whatever an address does to look like home', async () => {
    for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
      for (const url of addressesOfElsewhere) {
        expect([event, url, await application.tell({ do: 'navigate', event, url })]).toEqual([
          event,
          url,
          { prevented: true },
        ]);
      }
    }
    expect(await application.tell({ do: 'navigate', event: 'will-navigate', url: `${ownPage}compare` })).toEqual({
      prevented: false,
    });
  });

  it('holds no webview', async () => {
    const attach = { do: 'navigate', event: 'will-attach-webview', url: ownPage } as const;
    expect(await application.tell(attach)).toEqual({ prevented: true });
  });

  it('opens no second window; links to the web go to the browser, others nowhere', async () => {
    for (const url of ['https://example.org/paper', ownPage, ...addressesNeverOpened]) {
      expect(await application.tell({ do: 'open-window', url })).toEqual({ action: 'deny' });
    }
    await application.call('external.open', { url: 'https://example.org/guide?next=app://microbatch/' });
    for (const url of [ownPage, ...addressesNeverOpened]) {
      await expect(application.call('external.open', { url })).rejects.toThrow(/^external\/refused/);
    }
    expect((await application.describe()).opened).toEqual([
      'https://example.org/paper',
      'https://example.org/guide?next=app://microbatch/',
    ]);
  });

  it('serves its built pages with a content security policy and nothing beside them', async () => {
    const { privileged, schemes } = await application.describe();
    expect(privileged).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
    ]);
    expect(schemes).toEqual(['app']);
    const request = (url: string, method = 'GET'): Promise<unknown> =>
      application.tell({ do: 'request', scheme: 'app', url, method });
    expect(await request(ownPage)).toMatchObject({
      status: 200,
      body: expect.stringContaining('<div id="app">') as unknown,
      headers: { 'content-security-policy': expect.stringContaining("default-src 'self'") as unknown },
    });
    expect(await request(`${ownPage}..%2f..%2fpackage.json`)).toMatchObject({ status: 400 });
    expect(await request('app://elsewhere/')).toMatchObject({ status: 404 });
    expect(await request(ownPage, 'POST')).toMatchObject({ status: 405 });
  });
});
