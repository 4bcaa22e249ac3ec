import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialSettings } from '../contracts/settings.ts';
import type { SettingsStore } from '../lab/lab.ts';
import { webSettings } from './web-settings.ts';

describe('settings of windows in a browser', () => {
  let folder: string;
  let told: string[];
  const open = (home = folder): SettingsStore => webSettings(home, (sentence) => told.push(sentence));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'web-settings-'));
    told = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are kept from one host to the next, and nothing else is left behind', () => {
    const home = join(folder, 'not', 'there', 'yet');
    expect(open(home).readSettings()).toEqual(initialSettings);
    const changed = { ...initialSettings, theme: 'dark', threads: 2 };
    expect(open(home).writeSettings({ theme: 'dark', threads: 2 })).toEqual(changed);
    expect(open(home).readSettings()).toEqual(changed);
    expect(open(home).writeSettings({ threads: null })).toEqual({ ...changed, threads: null });
    expect(readdirSync(home)).toEqual(['web-settings.json']);
    expect(told).toEqual([]);
  });

  it('of before a setting existed keep the others', () => {
    writeFileSync(join(folder, 'web-settings.json'), '{"theme":"dark","sidebar":"rail"}');
    expect(open().readSettings()).toEqual({ theme: 'dark', sidebar: 'rail', executor: null, threads: null });
    expect(told).toEqual([]);
  });

  it.each(['{', '{"theme":"pink","sidebar":"wide"}', '[]'])('begin anew where the file holds %s', (content) => {
    writeFileSync(join(folder, 'web-settings.json'), content);
    expect(open().readSettings()).toEqual(initialSettings);
    const [aside = ''] = readdirSync(folder);
    expect(aside).toMatch(/^web-settings\.unreadable-.*\.json$/);
    expect(readFileSync(join(folder, aside), 'utf8')).toBe(content);
    expect(told).toEqual([expect.stringContaining(aside)]);
  });

  it('last as long as the host where nothing can be written', () => {
    writeFileSync(join(folder, 'file'), '');
    const settings = open(join(folder, 'file', 'below'));
    settings.writeSettings({ sidebar: 'rail' });
    expect(settings.readSettings()).toEqual({ ...initialSettings, sidebar: 'rail' });
  });
});
