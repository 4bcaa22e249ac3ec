const byFreedom = new Map<number, number>();

/**
 * Two-sided 95 % quantile of Student's t, t(0.975) with `freedom` degrees of freedom, a whole number of at least 1; kept,
 * because curves ask at every point.
 *
 * For whole degrees of freedom the distribution is a finite sum of powers of the cosine of atan(t / √freedom)
 * (Abramowitz & Stegun, 26.7.3 and 26.7.4), so no library of special functions has to reach the window.
 */
export function studentQuantile(freedom: number): number {
  const known = byFreedom.get(freedom);
  if (known !== undefined) return known;
  const value = Math.tan(angleHolding(0.95, freedom)) * Math.sqrt(freedom);
  byFreedom.set(freedom, value);
  return value;
}

/** Below every such quantile: that of the normal distribution is 1.96. */
const start = 1.9;
const mostSteps = 60;

/**
 * The angle whose central interval holds the wanted share. The share is concave in the angle, so Newton's steps from
 * below rise to it and never pass it.
 */
function angleHolding(wanted: number, freedom: number): number {
  let angle = Math.atan(start / Math.sqrt(freedom));
  for (let count = 0; count < mostSteps; count += 1) {
    const { share, slope } = centralShare(angle, freedom);
    const step = (wanted - share) / slope;
    angle += step;
    if (Math.abs(step) <= Number.EPSILON * angle) break;
  }
  return angle;
}

/** The probability of |t| ≤ √freedom · tan(angle), and its derivative by the angle. */
function centralShare(angle: number, freedom: number): { share: number; slope: number } {
  const cosine = Math.cos(angle);
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = 0;
  for (let power = isOdd ? 1 : 0; power <= freedom - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * cosine * cosine;
  }
  const tail = Math.sin(angle) * sum;
  const slope = (freedom * term) / cosine;
  if (!isOdd) return { share: tail, slope };
  return { share: (2 / Math.PI) * (angle + tail), slope: (2 / Math.PI) * slope };
}
