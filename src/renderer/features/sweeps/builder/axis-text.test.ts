import { describe, expect, it } from 'vitest';
import { readAxis, writeValues } from './axis-text.ts';

describe('values of an axis', () => {
  it.each([
    ['0.003, 0.01', [0.003, 0.01]],
    ['1..4, 8', [1, 2, 3, 4, 8]],
    ['gradient-norm, large-batch', ['gradient-norm', 'large-batch']],
    ['true, null', [true, null]],
    ['{"kind": "mlp", "widths": [8, 8]}, {"kind":"resnet18"}', [{ kind: 'mlp', widths: [8, 8] }, { kind: 'resnet18' }]],
    ['"a, b", c,', ['a, b', 'c']],
  ])('%s', (text, values) => expect(readAxis({ kind: 'values', text })).toEqual({ axis: values }));

  it.each(['', ' , ', '4..1', '1..100000'])('%j are none', (text) => {
    expect(readAxis({ kind: 'values', text })).toHaveProperty('problem');
  });

  it('come back as they were written', () => {
    const text = '0.5, large-batch, {"kind":"mlp","widths":[8]}';
    const read = readAxis({ kind: 'values', text });
    expect('axis' in read && Array.isArray(read.axis) ? writeValues(read.axis) : '').toBe(text);
  });
});

describe('a range of an axis', () => {
  it.each([
    ['uniform', '0.1, 0.5', { uniform: [0.1, 0.5] }],
    ['log-uniform', '0.001..0.1', { logUniform: [0.001, 0.1] }],
    ['integer', '2, 9', { integer: [2, 9] }],
  ] as const)('%s %s', (kind, text, axis) => expect(readAxis({ kind, text })).toEqual({ axis }));

  it.each([
    ['uniform', '0.5'],
    ['uniform', '1, 0'],
    ['uniform', '1, 2, 3'],
    ['uniform', 'a, b'],
    ['log-uniform', '0, 1'],
    ['integer', '0.5, 2'],
  ] as const)('%s %s is none', (kind, text) => expect(readAxis({ kind, text })).toHaveProperty('problem'));
});
