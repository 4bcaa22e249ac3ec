import { describe, expect, it } from 'vitest';
import { markedParts, searchFuzzy } from './fuzzy.ts';

const labels = ['Pin gradient norm as baseline', 'Gradient norm, seed 3', 'New run', 'Small batch, seed 1'];
const find = (needle: string): string[] => searchFuzzy(labels, (label) => label, needle).map(({ item }) => item);

describe('the search of the palette', () => {
  it('finds words whose letters stand apart, in any order of the words', () => {
    expect(find('grnorm pin')).toEqual(['Pin gradient norm as baseline']);
    expect(find('seed sb')).toEqual(['Small batch, seed 1']);
  });

  it('puts what begins with the words before what only holds them', () => {
    expect(find('grad')).toEqual(['Gradient norm, seed 3', 'Pin gradient norm as baseline']);
  });

  it('finds everything, in its order, where nothing is asked', () => {
    expect(find('  ')).toEqual(labels);
  });

  it('finds nothing where nothing fits', () => {
    expect(find('zzz')).toEqual([]);
    expect(find('(')).toEqual([]);
  });
});

describe('marked parts', () => {
  it('cut a text where it matched and leave nothing out', () => {
    const [found] = searchFuzzy(['New run'], (label) => label, 'run');
    expect(markedParts('New run', found?.ranges ?? [])).toEqual([
      { text: 'New ', hit: false },
      { text: 'run', hit: true },
    ]);
    expect(markedParts('New run', [])).toEqual([{ text: 'New run', hit: false }]);
  });
});
