/** Columns that count steps, the first that a file has wins; letters may be of either case. */
export const stepColumns: readonly string[] = [
  'custom_step',
  'step',
  'global_step',
  'trainer/global_step',
  '_step',
  'iteration',
  'iter',
  'epoch',
];

const clocks = new Set(['wall time', 'wall_time', 'relative time', 'timestamp', 'time', 'datetime', 'date']);

/** Whether a name says that its column holds times. */
export const isClock = (name: string): boolean => clocks.has(name.toLowerCase()) || /^relative time \(/i.test(name);

/** Null where none of the names counts steps. */
export function guessStepColumn(names: readonly string[]): string | null {
  for (const wanted of stepColumns) {
    const found = names.find((name) => name.toLowerCase() === wanted);
    if (found !== undefined) return found;
  }
  return null;
}
