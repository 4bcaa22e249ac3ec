import { describe, expect, it } from 'vitest';
import { commandIds, commandTable } from '../../contracts/commands.ts';
import type { CommandId } from '../../contracts/commands.ts';
import { commandOf } from '../commands/commands.ts';
import type { Command } from '../commands/commands.ts';
import { commandEntries, elsewhereEntries, findEntries } from './palette-entries.ts';

const offered = (id: CommandId): Command => commandOf({ id, run: () => undefined });

const groups = [
  { title: 'Commands', entries: commandEntries([offered('run.new'), offered('theme.dark')]) },
  {
    title: 'Runs',
    entries: Array.from({ length: 20 }, (_, index) => ({
      id: `run:${String(index)}`,
      label: `Small batch, seed ${String(index)}`,
      words: 'k825mdhv',
      hint: '',
      run: () => undefined,
    })),
  },
];
const labels = (needle: string): [string, string[]][] =>
  findEntries(groups, needle).map(({ title, entries }) => [title, entries.map(({ entry }) => entry.label)]);

describe('the palette', () => {
  it('leaves out commands that are only shortcuts', () => {
    expect(commandEntries([offered('list.next')])).toEqual([]);
  });

  it('finds lines by group, groups without one left out', () => {
    expect(labels('dark')).toEqual([['Commands', ['Use the dark theme']]]);
    expect(labels('seed 17')).toEqual([['Runs', ['Small batch, seed 17']]]);
  });

  it('shows no more of a group than fits', () => {
    expect(labels('').map(([, found]) => found.length)).toEqual([2, 8]);
  });

  it('finds by words that are not shown, and marks nothing then', () => {
    const [found] = findEntries(groups, 'k825mdhv').at(-1)?.entries ?? [];
    expect(found?.ranges).toEqual([]);
  });

  it('holds every verb of the table with its shortcut, wherever it is done', () => {
    const here = commandIds
      .filter((id) => commandTable[id].places.some((place) => place === 'everywhere' || place === 'host'))
      .map(offered);
    const entries = [...commandEntries(here), ...elsewhereEntries(here, () => undefined)];
    const shown = new Map(entries.map(({ id, keys }) => [id.replace('elsewhere:', ''), keys]));
    const verbs = commandIds.filter((id) => commandTable[id].quiet !== true);
    expect([...shown.keys()].sort()).toEqual([...verbs].sort());
    for (const id of verbs) expect([id, shown.get(id)]).toEqual([id, commandTable[id].keys]);
  });

  it('leads to the screen of a command that is done elsewhere, and says which', () => {
    const led: [CommandId, string][] = [];
    const entries = elsewhereEntries([offered('datasets.add')], (id, place) => led.push([id, place]));
    expect(entries.map(({ id }) => id)).not.toContain('elsewhere:datasets.add');
    const [found] = findEntries([{ title: 'Elsewhere', entries }], 'try devices')[0]?.entries ?? [];
    expect(found?.entry).toMatchObject({ label: 'Try the devices again', hint: 'in Devices', keys: 'R' });
    found?.entry.run();
    expect(led).toEqual([['devices.probe', 'devices']]);
  });
});
