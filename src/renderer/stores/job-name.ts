let count = 0;

/** A name for a piece of work that no other one of any window has: events of its progress bear it. */
export function newJobName(kind: string): string {
  count += 1;
  return `${kind}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}-${String(count)}`;
}
