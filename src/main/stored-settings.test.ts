import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialSettings } from '../contracts/settings.ts';
import { openSettings } from './stored-settings.ts';

describe('the settings file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'settings-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (): string => join(folder, 'settings.json');

  it('begins with the system theme and the wide sidebar', () => {
    const opened = openSettings(folder);
    expect(opened.readSettings()).toEqual(initialSettings);
    expect(opened.readWindow()).toBeNull();
    expect(opened.readLibrary()).toBeNull();
    expect(opened.keptAside).toBeNull();
  });

  it('remembers changes, the window and the library', () => {
    const window = { x: 10, y: 20, width: 1440, height: 900, maximized: false };
    const first = openSettings(folder);
    expect(first.writeSettings({ theme: 'dark' })).toEqual({ ...initialSettings, theme: 'dark' });
    first.writeWindow(window);
    first.writeLibrary('/data/library');
    const second = openSettings(folder);
    expect(second.readSettings()).toEqual({ ...initialSettings, theme: 'dark' });
    expect(second.readWindow()).toEqual(window);
    expect(second.readLibrary()).toBe('/data/library');
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ version: 2 });
  });

  it('keeps the libraries chosen last, the latest first, each once', () => {
    const opened = openSettings(folder);
    for (const library of ['/a', '/b', '/a', ...Array.from({ length: 7 }, (_, index) => `/${String(index)}`)]) {
      opened.writeLibrary(library);
    }
    expect(openSettings(folder).readRecentLibraries()).toEqual(['/6', '/5', '/4', '/3', '/2', '/1', '/0', '/a']);
  });

  it('takes over what version 1 wrote', () => {
    const old = { version: 1, settings: { theme: 'dark', sidebar: 'rail' }, window: null, library: '/data/library' };
    writeFileSync(file(), JSON.stringify(old));
    const opened = openSettings(folder);
    expect(opened.readSettings()).toEqual({ theme: 'dark', sidebar: 'rail', executor: null, threads: null });
    expect(opened.readLibrary()).toBe('/data/library');
    expect(opened.readRecentLibraries()).toEqual(['/data/library']);
    expect(opened.keptAside).toBeNull();
  });

  it.each([
    ['torn', '{"version": 1, "settings": {"theme": "da'],
    ['empty', ''],
    ['not settings', '[1, 2]'],
    ['of wrong values', '{"version": 1, "settings": {"theme": "pink", "sidebar": "wide"}, "window": null}'],
    ['of an old version and wrong values', '{"version": 1, "settings": "dark", "window": null}'],
    ['of a newer version', '{"version": 99, "settings": {"theme": "dark", "sidebar": "wide"}, "window": null}'],
  ])('keeps a file aside that is %s and begins anew', (_what, text) => {
    writeFileSync(file(), text);
    const opened = openSettings(folder);
    expect(opened.readSettings()).toEqual(initialSettings);
    const { keptAside } = opened;
    expect(keptAside).not.toBeNull();
    expect(readFileSync(String(keptAside), 'utf8')).toBe(text);
    expect(openSettings(folder).keptAside).toBeNull();
  });

  it('removes what a killed write left behind', () => {
    writeFileSync(join(folder, 'settings.json.tmp-123'), 'half');
    openSettings(folder);
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });
});
