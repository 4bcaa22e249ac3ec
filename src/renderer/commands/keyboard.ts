import { useEventListener } from '@vueuse/core';
import type { Command } from './commands.ts';
import { matchShortcut } from './shortcuts.ts';
import type { KeyDown } from './shortcuts.ts';

/** Milliseconds in which the keys of a sequence must follow each other. */
const sequencePatience = 1200;

const typingPlaces = 'input, textarea, select, [contenteditable=""], [contenteditable="true"]';
const floatingPlaces = '[role="dialog"], [role="menu"], [role="listbox"]';
const pressablePlaces =
  'button, a[href], [role="button"], [role="checkbox"], [role="switch"], [role="slider"], [role="radio"]';

/** Whether the element that has the focus wants this key for itself. */
function isTaken(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof Element)) return false;
  const withModifier = event.ctrlKey || event.metaKey || event.altKey;
  if (target.closest(floatingPlaces) !== null) return !withModifier;
  if (target.matches(typingPlaces) && !/checkbox|radio|range/.test(target.getAttribute('type') ?? '')) {
    return !withModifier;
  }
  // With Ctrl, Enter does what the screen is for, also when the focus is on a link or a button.
  return !withModifier && (event.key === 'Enter' || event.key === ' ') && target.closest(pressablePlaces) !== null;
}

/** Runs commands by their shortcuts, wherever the focus is, except where the key is typed or presses a control. */
export function useKeyboard(commands: () => readonly Command[]): void {
  let pressed: KeyDown[] = [];
  let last = 0;

  useEventListener(window, 'keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || ['Control', 'Shift', 'Alt', 'Meta'].includes(event.key)) return;
    if (isTaken(event)) {
      pressed = [];
      return;
    }
    const now = event.timeStamp;
    pressed = now - last > sequencePatience ? [event] : [...pressed, event];
    last = now;
    const found = findCommand(commands(), pressed) ?? findCommand(commands(), [event]);
    if (found === undefined) return;
    event.preventDefault();
    if (found === 'begun') return;
    pressed = [];
    found.run();
  });
}

/** The command whose shortcut is complete, the last registered first; 'begun' where one can still become complete. */
export function findCommand<C extends Pick<Command, 'keys' | 'alsoKeys'>>(
  commands: readonly C[],
  pressed: readonly KeyDown[],
): C | 'begun' | undefined {
  let begun = false;
  for (const command of commands.toReversed()) {
    for (const keys of [command.keys, command.alsoKeys]) {
      if (keys === undefined) continue;
      const match = matchShortcut(keys, pressed);
      if (match === 'complete') return command;
      if (match === 'begun') begun = true;
    }
  }
  return begun ? 'begun' : undefined;
}
