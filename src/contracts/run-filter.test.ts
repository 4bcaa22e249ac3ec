import { describe, expect, it } from 'vitest';
import { filterRuns, parseQuery, whyImpossible } from './run-filter.ts';
import { runOf } from '../../test/comparison-runs.ts';

const runs = [
  runOf('small-batch', 1, 78),
  runOf('small-batch', 12, 79),
  runOf('large-batch', 1, 76, {}, { status: 'failed' }),
  runOf('gradient-norm', 2, 77),
  runOf('gradient-norm', 3, null, { lambda: 0.1 }, { status: 'running', name: 'Tuesday' }),
];
const found = (query: string): string[] =>
  filterRuns(runs, query).map(({ spec }) => `${spec.method} ${String(spec.seed)}`);

describe('a query', () => {
  it('that is empty holds for every run', () => {
    expect(filterRuns(runs, '  ')).toHaveLength(5);
  });

  it('asks that every word holds, in any case', () => {
    expect(found('GRADIENT tuesday')).toEqual(['gradient-norm 3']);
  });

  it('compares a field; a number is that number and no beginning of another', () => {
    expect(found('seed:1')).toEqual(['small-batch 1', 'large-batch 1']);
    expect(found('method:small')).toEqual(['small-batch 1', 'small-batch 12']);
  });

  it('knows ranges, with an open end too', () => {
    expect(found('seed:2..3')).toEqual(['gradient-norm 2', 'gradient-norm 3']);
    expect(found('seed:3..')).toEqual(['small-batch 12', 'gradient-norm 3']);
  });

  it('compares by size; a run without the field never fits', () => {
    expect(found('lambda<=0.03')).toEqual(['gradient-norm 2']);
    expect(found('best>77')).toEqual(['small-batch 1', 'small-batch 12']);
  });

  it('turns the next word round after not', () => {
    expect(found('not status:failed not gradient')).toEqual(['small-batch 1', 'small-batch 12']);
  });

  it('finds nothing for a field that does not exist', () => {
    expect(found('colour:red')).toEqual([]);
  });

  it.each([
    ['steps>abc', 'asks for no number: steps is a number'],
    ['seed:one', 'asks for no number: seed is a number'],
    ['lr:0.1..x', 'asks for no number: lr is a number'],
    ['seed:1..2..3', 'is no range'],
    ['seed:3..1', 'is a range that ends before it begins'],
    ['name>5', 'compares words by size: name is no number'],
    ['colour:red', 'names a field that runs do not have'],
  ])('says why %s can never hold', (query, reason) => {
    expect(parseQuery(query).map(whyImpossible)).toEqual([reason]);
  });

  it('can hold with words, numbers and open ranges', () => {
    const query = 'gradient not status:failed seed:1 seed:2.. seed:..3 seed:1..3 lr<=1e-2 steps>=10';
    expect(parseQuery(query).map(whyImpossible)).toEqual(Array.from({ length: 8 }, () => null));
  });

  it('is read word by word for its display', () => {
    expect(parseQuery('not lambda<=0.01 net')).toEqual([
      { text: 'lambda<=0.01', field: 'lambda', operator: '<=', value: '0.01', negated: true },
      { text: 'net', field: null, operator: ':', value: 'net', negated: false },
    ]);
  });
});
