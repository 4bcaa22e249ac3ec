/**
 * How many steps of a run recorded steps cover, as the engine counts: the last record holds for the usual distance between
 * records. Steps that count updates taken, as our own do, begin above 0 and are one ahead; those of other tools count from
 * 0. Null of a trace that begins late.
 */
export function coveredSteps(recorded: readonly number[], countsUpdates: boolean): number | null {
  const [first] = recorded;
  const last = recorded.at(-1);
  if (first === undefined || last === undefined || first > (countsUpdates ? 1 : 0)) return null;
  const gaps = recorded.slice(1).map((step, index) => step - (recorded[index] ?? 0));
  const usual = gaps.toSorted((left, right) => left - right)[Math.floor((gaps.length - 1) / 2)] ?? 1;
  return last - first + usual;
}
