import { describe, expect, it } from 'vitest';
import type { Command } from '../commands/commands.ts';
import { commandEntries, findEntries } from './palette-entries.ts';

const command = (id: string, label: string, more: Partial<Command> = {}): Command => ({
  id,
  label,
  group: 'Window',
  run: () => undefined,
  ...more,
});

const groups = [
  {
    title: 'Commands',
    entries: commandEntries([command('new', 'New run', { keys: 'N' }), command('dark', 'Use the dark theme')]),
  },
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
    expect(commandEntries([command('next', 'Next run', { quiet: true })])).toEqual([]);
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
});
