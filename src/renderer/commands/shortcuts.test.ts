import { describe, expect, it } from 'vitest';
import { keyCaps, matchShortcut } from './shortcuts.ts';
import type { KeyDown } from './shortcuts.ts';

const press = (key: string, modifiers: Partial<KeyDown> = {}): KeyDown => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

describe('a shortcut', () => {
  it('matches its key in either case of the letter, without other modifiers', () => {
    expect(matchShortcut('N', [press('n')])).toBe('complete');
    expect(matchShortcut('N', [press('n', { ctrlKey: true })])).toBe('none');
    expect(matchShortcut('N', [press('N', { shiftKey: true })])).toBe('none');
    expect(matchShortcut('Shift+O', [press('O', { shiftKey: true })])).toBe('complete');
  });

  it('takes the Command key for Ctrl', () => {
    expect(matchShortcut('Ctrl+K', [press('k', { metaKey: true })])).toBe('complete');
    expect(matchShortcut('Ctrl+\\', [press('\\', { ctrlKey: true })])).toBe('complete');
  });

  it('of a sign matches however the keyboard makes it', () => {
    expect(matchShortcut('?', [press('?', { shiftKey: true })])).toBe('complete');
    expect(matchShortcut('?', [press('?')])).toBe('complete');
  });

  it('of several keys is begun by the first and complete with the last', () => {
    expect(matchShortcut('G R', [press('g')])).toBe('begun');
    expect(matchShortcut('G R', [press('g'), press('r')])).toBe('complete');
    expect(matchShortcut('G R', [press('g'), press('c')])).toBe('none');
    expect(matchShortcut('G R', [press('g'), press('r'), press('r')])).toBe('none');
  });

  it('names keys as people do', () => {
    expect(matchShortcut('Space', [press(' ')])).toBe('complete');
    expect(matchShortcut('Esc', [press('Escape')])).toBe('complete');
    expect(matchShortcut('Shift+Left', [press('ArrowLeft', { shiftKey: true })])).toBe('complete');
  });
});

describe('key caps', () => {
  it('show every key of a shortcut, in the names of the platform', () => {
    expect(keyCaps('Ctrl+K', false)).toEqual(['Ctrl', 'K']);
    expect(keyCaps('Ctrl+K', true)).toEqual(['⌘', 'K']);
    expect(keyCaps('G R', false)).toEqual(['G', 'R']);
  });
});
