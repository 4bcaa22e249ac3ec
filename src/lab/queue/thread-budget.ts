/**
 * Whether a run that wants this many threads may start beside runs that use so many already. A run that wants more
 * than there are cores still gets its turn, alone.
 */
export function fits(wanted: number, used: number, cores: number): boolean {
  return used === 0 || used + wanted <= cores;
}
