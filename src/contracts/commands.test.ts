import { describe, expect, it } from 'vitest';
import {
  commandIds,
  commandTable,
  commandsOfMenu,
  commandMenus,
  hostCommandIds,
  shortcutConflicts,
} from './commands.ts';
import type { CommandEntry } from './commands.ts';

/** Shortcuts of the roles that every native menu has: editing, zoom, the window, quitting. */
const keysOfRoles = 'X C V A W Q M R 0 - = +'.split(' ').map((key) => `Ctrl+${key}`);

const entry = (keys: string, more: Partial<CommandEntry> = {}): CommandEntry => ({
  label: 'Test',
  group: 'Test',
  places: ['runs'],
  keys,
  ...more,
});

describe('the command table', () => {
  it('gives no shortcut to two commands that can be meant at once', () => {
    expect(shortcutConflicts()).toEqual([]);
  });

  it('leaves the shortcuts of the native menus alone', () => {
    const taken = commandIds.filter((id) => keysOfRoles.includes(commandTable[id].keys ?? ''));
    expect(taken).toEqual([]);
  });

  it('puts into native menus only what can be done on every screen', () => {
    const inMenus = commandMenus.flatMap(commandsOfMenu);
    const places = inMenus.flatMap((id) => commandTable[id].places);
    expect(new Set(places)).toEqual(new Set(['everywhere', 'host']));
  });

  it('names the commands of the host exactly', () => {
    expect(commandIds.filter((id) => commandTable[id].places.includes('host'))).toEqual([...hostCommandIds]);
  });
});

describe('a conflict of shortcuts', () => {
  it.each([
    ['the same keys on one screen', entry('P'), entry('P')],
    ['the second shortcut of one', entry('J', { alsoKeys: 'Down' }), entry('Down')],
    ['keys that begin a sequence', entry('G'), entry('G R')],
    ['a screen and the frame', entry('N'), entry('N', { places: ['everywhere'] })],
    ['a screen and the host', entry('Ctrl+O'), entry('Ctrl+O', { places: ['host'] })],
  ])('is %s', (_what, one, other) => expect(shortcutConflicts({ one, other })).toHaveLength(1));

  it.each([
    ['the same keys on two screens', entry('P'), entry('P', { places: ['queue'] })],
    ['other keys', entry('P'), entry('Shift+P')],
    ['one that says which it goes before', entry('P', { over: 'other' }), entry('P')],
  ])('is not %s', (_what, one, other) => expect(shortcutConflicts({ one, other })).toEqual([]));
});
