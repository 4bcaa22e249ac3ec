import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import { lastUses } from './liveness.ts';
import { finishFunction } from './program.ts';

describe('GraphBuilder', () => {
  it('shares equal operations, also with swapped operands of a sum', () => {
    const builder = new GraphBuilder();
    const a = builder.input('a', [2]);
    const b = builder.input('b', [2]);
    expect(builder.add(a, b)).toBe(builder.add(b, a));
    expect(builder.subtract(a, b)).not.toBe(builder.subtract(b, a));
  });

  it('folds constants, factors of one, nested factors and zeros', () => {
    const builder = new GraphBuilder();
    const a = builder.input('a', [2, 3]);
    expect(builder.multiply(a, builder.fill(1, [2, 3]))).toBe(a);
    expect(builder.scale(builder.scale(a, 2), 0.5)).toBe(a);
    expect(builder.add(a, builder.fill(0, [2, 3]))).toBe(a);
    expect(builder.negate(builder.negate(a))).toBe(a);
    expect(builder.matrixMultiply(a, builder.fill(0, [3, 4]))).toBe(builder.fill(0, [2, 4]));
  });

  it('names the operation and the shapes that do not fit', () => {
    const builder = new GraphBuilder();
    const a = builder.input('a', [2, 3]);
    const b = builder.input('b', [2, 4]);
    expect(() => builder.add(a, b)).toThrow('add cannot take operands of shape [2, 3] and [2, 4]');
    expect(() => builder.matrixMultiply(a, b)).toThrow(
      'matrixMultiply cannot take operands of shape [2, 3] and [2, 4]',
    );
    expect(() => builder.input('a', [5])).toThrow('input a exists with another shape');
    expect(() => builder.shape(99)).toThrow('the graph has no node 99');
  });
});

describe('finishFunction', () => {
  it('drops what nothing needs, keeps feeds and renumbers', () => {
    const builder = new GraphBuilder();
    const unusedFeed = builder.input('unused feed', [1]);
    const a = builder.input('a', [2]);
    const unusedRead = builder.input('unused read', [2]);
    builder.exponential(a);
    const result = builder.scale(a, 3);
    const finished = finishFunction(builder, {
      feeds: { x: unusedFeed },
      reads: { a, unused: unusedRead },
      fetches: { result },
      updates: {},
    });
    expect(finished.graph.nodes.map(({ operation }) => operation.kind)).toEqual(['input', 'input', 'scale']);
    expect(finished.graph.nodes.map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(finished).toMatchObject({ feeds: { x: 0 }, reads: { a: 1 }, fetches: { result: 2 } });
    expect(finished.reads).not.toHaveProperty('unused');
  });
});

describe('lastUses', () => {
  it('frees each node at its last user, never a kept one', () => {
    const builder = new GraphBuilder();
    const a = builder.input('a', [2]);
    const b = builder.exponential(a);
    const c = builder.multiply(a, b);
    expect(lastUses(builder, new Set([c]))).toEqual([[], [], [a, b]]);
  });
});
