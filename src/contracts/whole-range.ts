/** Numbers that one range may stand for. */
export const longestRange = 1000;

/** Every whole number from the first to the last; null where it does not go up or has too many. */
export function wholeRange(first: number, last: number): number[] | null {
  const length = last - first + 1;
  return length >= 1 && length <= longestRange ? Array.from({ length }, (_, index) => first + index) : null;
}
