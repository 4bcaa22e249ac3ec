import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandsOfMenu, commandTable, hostCommandIds, menuLabelOf } from '../../src/contracts/commands.ts';
import { Application } from './application.ts';

const menuItems = z.array(z.object({ label: z.string().optional(), accelerator: z.string().optional() }));

/** Menus, versions, libraries and updates in the built main process. */
describe('the menus of the desktop application', () => {
  let application: Application;
  beforeEach(async () => {
    application = new Application({ environment: { MICROBATCH_LIBRARY: '' } });
    await application.shown();
  });
  afterEach(() => application.dispose());
  const menu = async (...labels: string[]) => menuItems.parse(await application.tell({ do: 'read-menu', labels }));

  it('hold the commands of the table, with those shortcuts that a menu can have', async () => {
    const places = { file: 'File', view: 'View', go: 'Go' } as const;
    for (const name of ['file', 'view', 'go'] as const) {
      const items = await menu(places[name]);
      for (const id of commandsOfMenu(name)) {
        const item = items.find(({ label }) => label === menuLabelOf(id));
        expect([id, item?.label]).toEqual([id, menuLabelOf(id)]);
        const keys = commandTable[id].keys ?? '';
        expect([id, item?.accelerator]).toEqual([
          id,
          /^Ctrl\+/.test(keys) ? keys.replace('Ctrl', 'CmdOrCtrl') : undefined,
        ]);
      }
    }
  });

  it('ask the window for what is done there', async () => {
    await application.tell({ do: 'take-sent' });
    await application.tell({ do: 'click-menu', labels: ['Go', 'Queue'] });
    expect(await application.tell({ do: 'take-sent' })).toContainEqual({
      channel: 'microbatch:event',
      sent: ['command.invoked', { command: 'go.queue' }],
    });
  });

  it('offer the libraries of before, to the window as well, which a new start opens', async () => {
    const other = join(application.folder, 'other');
    mkdirSync(other);
    const { library } = await application.call('host.information', null);
    await application.tell({ do: 'choose-folder', folder: other });
    // The application may be gone before it has answered.
    await application.call('commands.run', { command: 'library.open' }).catch(() => undefined);
    expect(await application.ended).toBe(0);

    const next = new Application({ folder: application.folder, environment: { MICROBATCH_LIBRARY: '' } });
    await next.shown();
    expect((await next.call('host.information', null)).library.path).toBe(other);
    const items = await next.tell({ do: 'read-menu', labels: ['File', 'Open a recent library'] });
    expect(menuItems.parse(items)).toEqual([{ label: library.path }]);
    const { commands, recentLibraries } = await next.call('host.information', null);
    expect(commands).toEqual([...hostCommandIds]);
    expect(recentLibraries.map(({ path }) => path)).toEqual([library.path]);
    await next
      .call('commands.run', { command: 'library.open-recent', file: String(recentLibraries[0]?.file) })
      .catch(() => undefined);
    expect(await next.ended).toBe(0);
    expect(next.output).toContain('double: relaunched');
  });

  it('tell versions and diagnostics', async () => {
    const versions = await application.call('application.versions', null);
    expect(versions).toMatchObject({ app: '0.0.0-double', node: process.versions.node });
    expect(versions.packages.map(({ name }) => name)).toContain('onnxruntime-node');
    await application.tell({ do: 'throw', message: 'seen in the log' });
    await application.until(async () => (await application.describe()).dialogs.length === 1);
    const { text } = await application.call('application.diagnostics', null);
    expect(text).toContain('Microbatch 0.0.0-double, desktop application');
    expect(text).toContain('seen in the log');
  });

  it('look for no updates until the user trusts an address, asked by the system and not by the page', async () => {
    await application.call('commands.run', { command: 'updates.check' });
    await application.until(async () => (await application.describe()).dialogs.length === 1);
    expect((await application.describe()).dialogs[0]?.message).toBe('Updates are off.');

    const updates = 'https://lab.example.org/microbatch/';
    await application.tell({ do: 'answer-dialog', button: 0 });
    await expect(application.call('settings.write', { updates })).rejects.toThrow(/^settings\/refused/);
    expect((await application.call('settings.read', null)).updates).toBeNull();
    await application.tell({ do: 'answer-dialog', button: 1 });
    expect((await application.call('settings.write', { updates })).updates).toBe(updates);
    // What is known is not asked again, and to turn them off asks nothing.
    expect((await application.call('settings.write', { updates, theme: 'dark' })).updates).toBe(updates);
    expect((await application.call('settings.write', { updates: null })).updates).toBeNull();
    expect((await application.describe()).dialogs).toHaveLength(3);
  });
});
