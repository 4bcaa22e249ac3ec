/** Work shorter than this says too little of what is left. */
const leastSeconds = 1;

/** Seconds until work is done that has come to `fraction` of it in some seconds; null while that cannot be told. */
export function secondsLeft(fraction: number, seconds: number): number | null {
  if (!(fraction > 0) || fraction > 1 || seconds < leastSeconds) return null;
  return (seconds * (1 - fraction)) / fraction;
}
