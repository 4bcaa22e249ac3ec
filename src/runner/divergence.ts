/** What of a step is not finite: a loss, or the gradient that the next step would start from; null where all are. */
export function divergence(scalars: Readonly<Record<string, number>>): string | null {
  const bad = ['train/loss', 'train/objective', 'train/gradient_norm'].find(
    (name) => !Number.isFinite(scalars[name] ?? 0),
  );
  return bad === undefined ? null : `${bad} is not finite`;
}
