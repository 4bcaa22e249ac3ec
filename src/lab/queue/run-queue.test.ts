import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queuePriorities } from '../../contracts/queue.ts';
import type { QueuePriority } from '../../contracts/queue.ts';
import { RunQueue } from './run-queue.ts';

function queueOf(...places: string[]): RunQueue {
  const priorities: Record<string, QueuePriority> = { '+': 'high', '-': 'low' };
  return new RunQueue(
    places.map((place) => ({ run: place.replace(/[+-]/, ''), priority: priorities[place.slice(-1)] ?? 'normal' })),
  );
}
const shown = (queue: RunQueue): string =>
  queue.places.map(({ run, priority }) => run + { high: '+', normal: '', low: '-' }[priority]).join(' ');

describe('the order of a queue', () => {
  it('is that of adding, within each priority', () => {
    const queue = queueOf();
    for (const [run, priority] of [
      ['a', 'normal'],
      ['b', 'low'],
      ['c', 'normal'],
      ['d', 'high'],
    ] as const) {
      queue.add(run, priority);
    }
    expect(shown(queue)).toBe('d+ a c b-');
  });

  it.each([
    [['c'], 'top', 'c a b d'],
    [['c'], 'up', 'a c b d'],
    [['a'], 'up', 'a b c d'],
    [['b'], 'down', 'a c b d'],
    [['d'], 'down', 'a b c d'],
    [['a'], 'bottom', 'b c d a'],
    [['b', 'c'], 'up', 'b c a d'],
    [['b', 'c'], 'down', 'a d b c'],
    [['a', 'd'], 'down', 'b c a d'],
    [['d', 'b'], 'top', 'b d a c'],
    [['d'], { before: 'b' }, 'a d b c'],
    [['a', 'b'], { before: 'd' }, 'c a b d'],
    [['x'], 'top', 'a b c d'],
  ] as const)('%j moved %j gives %s', (runs, to, expected) => {
    const queue = queueOf('a', 'b', 'c', 'd');
    queue.move(runs, to);
    expect(shown(queue)).toBe(expected);
  });

  it('lets a moved run take over the priority of where it is put, and of no other', () => {
    const queue = queueOf('a+', 'b', 'c-');
    queue.move(['b'], 'up');
    expect(shown(queue)).toBe('b+ a+ c-');
    queue.move(['a'], 'down');
    expect(shown(queue)).toBe('b+ c- a-');
  });

  it('puts a run of another priority behind the others that have it', () => {
    const queue = queueOf('a+', 'b', 'c', 'd-');
    queue.prioritise(['c', 'd'], 'high');
    expect(shown(queue)).toBe('a+ c+ d+ b');
  });

  it('has every run once, sorted by priority, whatever is done to it', () => {
    const runs = ['a', 'b', 'c', 'd', 'e'];
    const some = fc.subarray(runs, { minLength: 1 });
    const to = fc.oneof(
      fc.constantFrom('top', 'up', 'down', 'bottom'),
      fc.record({ before: fc.constantFrom(...runs) }),
    );
    const change = fc.oneof(
      fc.tuple(some, to).map(
        ([moved, place]) =>
          (queue: RunQueue) =>
            queue.move(moved, place),
      ),
      fc.tuple(some, fc.constantFrom(...queuePriorities)).map(([moved, priority]) => (queue: RunQueue) => {
        queue.prioritise(moved, priority);
        expect(
          queue.places.filter(({ run }) => moved.includes(run)).every((place) => place.priority === priority),
        ).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const queue = queueOf('a+', 'b', 'c', 'd', 'e-');
        for (const apply of changes) {
          apply(queue);
          expect([...queue.waiting].sort()).toEqual(runs);
          const ranks = queue.places.map(({ priority }) => queuePriorities.indexOf(priority));
          expect(ranks).toEqual([...ranks].sort());
        }
      }),
    );
  });

  it('sorts what a file says by priority', () => {
    expect(shown(queueOf('a-', 'b', 'c+', 'd'))).toBe('c+ b d a-');
  });
});
