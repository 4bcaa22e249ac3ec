import { describe, expect, it } from 'vitest';
import { findCommand } from './keyboard.ts';

const command = (id: string, keys: string, alsoKeys?: string) => ({
  id,
  keys,
  ...(alsoKeys === undefined ? {} : { alsoKeys }),
});
const press = (key: string) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false });
const idOf = (found: { id: string } | 'begun' | undefined): string | undefined =>
  typeof found === 'object' ? found.id : found;

describe('the command of a key', () => {
  const commands = [command('frame.new', 'N'), command('go.runs', 'G R'), command('list.next', 'J', 'Down')];

  it('is found by either of its shortcuts', () => {
    expect(idOf(findCommand(commands, [press('j')]))).toBe('list.next');
    expect(idOf(findCommand(commands, [press('ArrowDown')]))).toBe('list.next');
  });

  it('is waited for while a sequence can still become one', () => {
    expect(findCommand(commands, [press('g')])).toBe('begun');
    expect(idOf(findCommand(commands, [press('g'), press('r')]))).toBe('go.runs');
  });

  it('is nothing where no command has it', () => {
    expect(findCommand(commands, [press('q')])).toBeUndefined();
  });

  it('is that of the screen before that of the frame', () => {
    expect(idOf(findCommand([...commands, command('screen.name', 'N')], [press('n')]))).toBe('screen.name');
  });
});
