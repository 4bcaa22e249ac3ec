import { shortcutOf } from '../../contracts/commands.ts';
import type { CommandId } from '../../contracts/commands.ts';

/**
 * Shortcuts as text: keys after each other with a space (`G R`), keys together with a plus (`Ctrl+K`, `Shift+O`).
 * Ctrl is the Command key on a Mac. A sign such as `?` is written as it is typed.
 */

/** One press of a shortcut. */
interface Press {
  readonly key: string;
  readonly control: boolean;
  readonly alt: boolean;
  /** Null for signs, of which the keyboard decides whether Shift makes them. */
  readonly shift: boolean | null;
}

/** What a keydown event tells; the part of KeyboardEvent that is read here. */
export type KeyDown = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const named: Readonly<Record<string, string>> = {
  esc: 'escape',
  space: ' ',
  up: 'arrowup',
  down: 'arrowdown',
  left: 'arrowleft',
  right: 'arrowright',
};

function parsePress(text: string): Press {
  const parts = text === '+' ? ['+'] : text.split('+');
  const last = parts.at(-1) ?? '';
  const key = named[last.toLowerCase()] ?? last.toLowerCase();
  const modifiers = parts.slice(0, -1);
  return {
    key,
    control: modifiers.includes('Ctrl'),
    alt: modifiers.includes('Alt'),
    shift: key.length === 1 && !/[a-z0-9 ]/.test(key) ? null : modifiers.includes('Shift'),
  };
}

export const parseShortcut = (keys: string): Press[] => keys.split(' ').map(parsePress);

function pressMatches(press: Press, event: KeyDown): boolean {
  return (
    event.key.toLowerCase() === press.key &&
    (event.ctrlKey || event.metaKey) === press.control &&
    event.altKey === press.alt &&
    (press.shift === null || event.shiftKey === press.shift)
  );
}

/** How the presses so far stand to a shortcut: all of it, the beginning of it, or nothing of it. */
export function matchShortcut(keys: string, pressed: readonly KeyDown[]): 'complete' | 'begun' | 'none' {
  const presses = parseShortcut(keys);
  if (pressed.length > presses.length) return 'none';
  const fits = pressed.every((event, index) => {
    const press = presses[index];
    return press !== undefined && pressMatches(press, event);
  });
  if (!fits) return 'none';
  return pressed.length === presses.length ? 'complete' : 'begun';
}

/** A shortcut as assistive technology reads it; one of several keys after each other has no such form. */
export function ariaKeys(id: CommandId): string | undefined {
  const keys = shortcutOf(id);
  return keys.includes(' ') ? undefined : keys.replace('Ctrl', 'Control');
}

const isMac = (): boolean => /mac|iphone|ipad/i.test(globalThis.navigator.platform);

/** A shortcut as the caps of its keys, in the names of this platform. */
export function keyCaps(keys: string, mac = isMac()): string[] {
  const names: Readonly<Record<string, string>> = mac ? { Ctrl: '⌘', Alt: '⌥', Shift: '⇧' } : {};
  return keys
    .split(' ')
    .flatMap((press) => (press === '+' ? ['+'] : press.split('+')).map((part) => names[part] ?? part));
}
