import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialSettings } from '../contracts/settings.ts';
import { webSettings } from '../headless/web-settings.ts';
import type { SettingsFile } from '../lab/stored-settings.ts';
import { desktopSettings } from './desktop-settings.ts';

/** One file form, kept by electron-store in the desktop application and by conf, its base, in a web host. */
describe.each([
  ['the desktop application', 'settings', desktopSettings],
  ['a web host', 'web-settings', webSettings],
] as const)('the settings file of %s', (_host, name, openSettings) => {
  let folder: string;
  let told: string[];
  const open = (home = folder): SettingsFile => openSettings(home, (sentence) => told.push(sentence));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
    told = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (): string => join(folder, `${name}.json`);

  it('begins with the system theme and the wide sidebar', () => {
    const opened = open();
    expect(opened.readSettings()).toEqual(initialSettings);
    expect(opened.readWindow()).toBeNull();
    expect(opened.readLibrary()).toBeNull();
    expect(told).toEqual([]);
  });

  it('remembers changes, the window and the library, in a folder that it makes', () => {
    const home = join(folder, 'not', 'there', 'yet');
    const window = { x: 10, y: 20, width: 1440, height: 900, maximized: false };
    const first = open(home);
    expect(first.writeSettings({ theme: 'dark', threads: 2 })).toEqual({
      ...initialSettings,
      theme: 'dark',
      threads: 2,
    });
    expect(first.writeSettings({ threads: null })).toEqual({ ...initialSettings, theme: 'dark' });
    first.writeWindow(window);
    first.writeLibrary('/data/library');
    const second = open(home);
    expect(second.readSettings()).toEqual({ ...initialSettings, theme: 'dark' });
    expect(second.readWindow()).toEqual(window);
    expect(second.readLibrary()).toBe('/data/library');
    expect(JSON.parse(readFileSync(join(home, `${name}.json`), 'utf8'))).toMatchObject({ version: 3 });
    expect(readdirSync(home)).toEqual([`${name}.json`]);
    expect(told).toEqual([]);
  });

  it('keeps the libraries chosen last, the latest first, each once', () => {
    const opened = open();
    for (const library of ['/a', '/b', '/a', ...Array.from({ length: 7 }, (_, index) => `/${String(index)}`)]) {
      opened.writeLibrary(library);
    }
    expect(open().readRecentLibraries()).toEqual(['/6', '/5', '/4', '/3', '/2', '/1', '/0', '/a']);
  });

  const ofBefore = { theme: 'dark', sidebar: 'rail' } as const;

  it.each([
    ['version 1', { version: 1, settings: ofBefore, window: null, library: '/data/library' }],
    [
      'version 2',
      {
        version: 2,
        settings: { ...ofBefore, executor: null, threads: null },
        window: null,
        library: '/data/library',
        recentLibraries: ['/data/library'],
      },
    ],
  ])('takes over what %s wrote', (_version, old) => {
    writeFileSync(file(), JSON.stringify(old));
    const opened = open();
    expect(opened.readSettings()).toEqual({ ...initialSettings, ...ofBefore });
    expect(opened.readLibrary()).toBe('/data/library');
    expect(opened.readRecentLibraries()).toEqual(['/data/library']);
    expect(told).toEqual([]);
  });

  it('takes over what a web host wrote before the file had versions', () => {
    writeFileSync(file(), JSON.stringify(ofBefore));
    expect(open().readSettings()).toEqual({ ...initialSettings, ...ofBefore });
    expect(told).toEqual([]);
  });

  it.each([
    ['torn', '{"version": 1, "settings": {"theme": "da'],
    ['empty', ''],
    ['not settings', '[1, 2]'],
    ['of wrong values', '{"version": 1, "settings": {"theme": "pink", "sidebar": "wide"}, "window": null}'],
    ['of an old version and wrong values', '{"version": 1, "settings": "dark", "window": null}'],
    ['of a newer version', '{"version": 99, "settings": {"theme": "dark", "sidebar": "wide"}, "window": null}'],
  ])('keeps a file aside that is %s, says so and begins anew', (_what, text) => {
    writeFileSync(file(), text);
    expect(open().readSettings()).toEqual(initialSettings);
    const aside = readdirSync(folder).find((entry) => entry !== `${name}.json`) ?? '';
    expect(aside).toMatch(new RegExp(`^${name}\\.unreadable-.*\\.json$`));
    expect(readFileSync(join(folder, aside), 'utf8')).toBe(text);
    expect(told).toEqual([expect.stringContaining(aside)]);
    expect(open().writeSettings({ theme: 'dark' })).toMatchObject({ theme: 'dark' });
    expect(told).toHaveLength(1);
  });

  it('removes what a killed write left behind', () => {
    writeFileSync(join(folder, `${name}.json.tmp-123`), 'half');
    open().writeSettings({ theme: 'dark' });
    expect(readdirSync(folder)).toEqual([`${name}.json`]);
  });

  it('lasts as long as the process, and says so, where nothing can be written', () => {
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(file());
    for (const home of [join(folder, 'file', 'below'), folder]) {
      const settings = open(home);
      settings.writeSettings({ sidebar: 'rail' });
      expect(settings.readSettings()).toEqual({ ...initialSettings, sidebar: 'rail' });
      expect(told.at(-1)).toContain('cannot be written');
    }
  });
});
