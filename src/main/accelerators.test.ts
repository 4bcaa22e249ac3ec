import { describe, expect, it } from 'vitest';
import { acceleratorOf } from './accelerators.ts';

describe('the accelerator of a shortcut', () => {
  it.each([
    ['Ctrl+K', 'CmdOrCtrl+K'],
    ['Ctrl+Shift+Z', 'CmdOrCtrl+Shift+Z'],
    ['Ctrl+,', 'CmdOrCtrl+,'],
    ['Alt+Home', 'Alt+Home'],
  ])('%s is %s', (keys, accelerator) => expect(acceleratorOf(keys)).toBe(accelerator));

  it.each(['N', '?', 'G R', 'Shift+O', 'Enter', undefined])('%s is none', (keys) =>
    expect(acceleratorOf(keys)).toBeNull(),
  );
});
