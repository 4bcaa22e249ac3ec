import UFuzzy from '@leeoniya/ufuzzy';

export interface FuzzyMatch<T> {
  readonly item: T;
  /** Beginnings and ends of the parts of the text that matched, in turn: [start, end, start, end, ...]. */
  readonly ranges: readonly number[];
}

// Letters of a word may stand apart ("grnorm" finds "gradient norm"), words may come in any order.
const fuzzy = new UFuzzy({ intraIns: Infinity, intraChars: '.', interChars: '.' });
const mostOrders = 5;

/** The items whose text matches, best first; all of them, in their order, where nothing is asked. */
export function searchFuzzy<T>(items: readonly T[], text: (item: T) => string, needle: string): FuzzyMatch<T>[] {
  const wanted = needle.trim();
  if (wanted === '') return items.map((item) => ({ item, ranges: [] }));
  const texts = items.map(text);
  const [indices, info, order] = fuzzy.search(texts, wanted, mostOrders);
  if (indices === null) return [];
  const found =
    order === null
      ? indices.map((index) => ({ index, ranges: [] }))
      : order.map((at) => ({ index: info.idx[at], ranges: info.ranges[at] ?? [] }));
  return found.flatMap(({ index, ranges }) => {
    const item = index === undefined ? undefined : items[index];
    return item === undefined ? [] : [{ item, ranges }];
  });
}

/** A text cut into parts that matched and parts that did not. */
export function markedParts(
  text: string,
  ranges: readonly number[],
): { readonly text: string; readonly hit: boolean }[] {
  const parts: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (let index = 0; index + 1 < ranges.length; index += 2) {
    const [start = 0, end = 0] = ranges.slice(index, index + 2);
    if (start > at) parts.push({ text: text.slice(at, start), hit: false });
    parts.push({ text: text.slice(start, end), hit: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hit: false });
  return parts;
}
