import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webSettings } from './web-settings.ts';

describe('settings of windows in a browser', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'web-settings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are kept from one host to the next, and nothing else is left behind', () => {
    const home = join(folder, 'not', 'there', 'yet');
    expect(webSettings(home).readSettings()).toEqual({ theme: 'system', sidebar: 'wide' });
    expect(webSettings(home).writeSettings({ theme: 'dark' })).toEqual({ theme: 'dark', sidebar: 'wide' });
    expect(webSettings(home).readSettings()).toEqual({ theme: 'dark', sidebar: 'wide' });
    expect(readdirSync(home)).toEqual(['web-settings.json']);
  });

  it.each(['{', '{"theme":"pink","sidebar":"wide"}', '[]'])('begin anew where the file holds %s', (content) => {
    writeFileSync(join(folder, 'web-settings.json'), content);
    expect(webSettings(folder).readSettings()).toEqual({ theme: 'system', sidebar: 'wide' });
  });

  it('last as long as the host where nothing can be written', () => {
    writeFileSync(join(folder, 'file'), '');
    const settings = webSettings(join(folder, 'file', 'below'));
    settings.writeSettings({ sidebar: 'rail' });
    expect(settings.readSettings()).toEqual({ theme: 'system', sidebar: 'rail' });
  });
});
