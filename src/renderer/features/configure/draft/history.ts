/** What can be undone and redone. One state a change; typing into one field is one change. */
export interface History<T extends object> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** The field last typed into and when, milliseconds; null after anything else. */
  readonly typing: { readonly field: string; readonly at: number } | null;
}

/** Typing goes on while pauses are shorter. */
const pauseMilliseconds = 1500;
/** States kept. */
const longestPast = 500;

export const startHistory = <T extends object>(present: T): History<T> => ({
  past: [],
  present,
  future: [],
  typing: null,
});

/** A change. Changes of one `field` shortly after each other become one; without a field each stands alone. */
export function record<T extends object>(
  history: History<T>,
  present: T,
  field: string | null,
  now: number,
): History<T> {
  if (present === history.present) return history;
  const { typing } = history;
  const goesOn = field !== null && typing !== null && typing.field === field && now - typing.at < pauseMilliseconds;
  return {
    past: goesOn ? history.past : [...history.past, history.present].slice(-longestPast),
    present,
    future: [],
    typing: field === null ? null : { field, at: now },
  };
}

export function undo<T extends object>(history: History<T>): History<T> {
  const { past, present, future } = history;
  const before = past.at(-1);
  return before === undefined
    ? history
    : { past: past.slice(0, -1), present: before, future: [present, ...future], typing: null };
}

export function redo<T extends object>(history: History<T>): History<T> {
  const { past, present, future } = history;
  const [after, ...rest] = future;
  return after === undefined ? history : { past: [...past, present], present: after, future: rest, typing: null };
}
