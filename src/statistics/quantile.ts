import quantile from '@stdlib/stats-base-dists-t-quantile';

const byFreedom = new Map<number, number>();

/** Two-sided 95 % quantile of Student's t, t(0.975) with `freedom` degrees of freedom; kept, because curves ask at every point. */
export function studentQuantile(freedom: number): number {
  const known = byFreedom.get(freedom);
  if (known !== undefined) return known;
  const value = quantile(0.975, freedom);
  byFreedom.set(freedom, value);
  return value;
}
