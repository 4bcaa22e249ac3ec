import { describe, expect, it } from 'vitest';
import { extend, keepOnly, nothingSelected, toggle } from './selection.ts';

const rows = ['a', 'b', 'c', 'd'];
const sorted = ({ ids }: { ids: ReadonlySet<string> }): string[] => [...ids].sort();

describe('a selection', () => {
  it('takes a row in and out', () => {
    const one = toggle(nothingSelected, 'b');
    expect(sorted(one)).toEqual(['b']);
    expect(sorted(toggle(one, 'b'))).toEqual([]);
  });

  it('extends from the row that was chosen last, in either direction', () => {
    expect(sorted(extend(toggle(nothingSelected, 'b'), rows, 'd'))).toEqual(['b', 'c', 'd']);
    expect(sorted(extend(toggle(nothingSelected, 'd'), rows, 'b'))).toEqual(['b', 'c', 'd']);
  });

  it('keeps its anchor, so that a range can shrink to another end', () => {
    expect(extend(toggle(nothingSelected, 'b'), rows, 'd').anchor).toBe('b');
  });

  it('extended without an anchor on screen takes the row alone', () => {
    expect(sorted(extend(nothingSelected, rows, 'c'))).toEqual(['c']);
    expect(sorted(extend({ ids: new Set(), anchor: 'gone' }, rows, 'c'))).toEqual(['c']);
  });

  it('forgets rows that are gone', () => {
    const kept = keepOnly({ ids: new Set(['a', 'b']), anchor: 'b' }, new Set(['a']));
    expect(sorted(kept)).toEqual(['a']);
    expect(kept.anchor).toBeNull();
  });
});
