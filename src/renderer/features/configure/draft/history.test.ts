import { describe, expect, it } from 'vitest';
import { record, redo, startHistory, undo } from './history.ts';

const state = (name: string): { name: string } => ({ name });

describe('undo and redo', () => {
  it('goes back and forth over single changes', () => {
    let history = startHistory(state('a'));
    history = record(history, state('b'), null, 0);
    history = record(history, state('c'), null, 1);
    expect(undo(history).present.name).toBe('b');
    expect(undo(undo(undo(history))).present.name).toBe('a');
    expect(redo(undo(history)).present.name).toBe('c');
    expect(redo(history)).toBe(history);
  });

  it('drops what was undone once something else is changed', () => {
    let history = record(startHistory(state('a')), state('b'), null, 0);
    history = record(undo(history), state('c'), null, 1);
    expect(redo(history).present.name).toBe('c');
    expect(undo(history).present.name).toBe('a');
  });

  it('takes typing into one field as one change, until a pause or another field', () => {
    let history = startHistory(state(''));
    history = record(history, state('0'), 'lambda', 1000);
    history = record(history, state('0.'), 'lambda', 1300);
    history = record(history, state('0.1'), 'lambda', 1600);
    expect(undo(history).present.name).toBe('');
    history = record(history, state('0.12'), 'lambda', 9000);
    expect(undo(history).present.name).toBe('0.1');
    history = record(history, state('5'), 'steps', 9100);
    expect(undo(history).present.name).toBe('0.12');
  });

  it('begins a new change after an undo', () => {
    let history = record(startHistory(state('')), state('a'), 'f', 0);
    history = record(undo(history), state('b'), 'f', 10);
    expect(undo(history).present.name).toBe('');
  });

  it('knows nothing of a change that changes nothing', () => {
    const history = startHistory(state('a'));
    expect(record(history, history.present, null, 0)).toBe(history);
  });
});
