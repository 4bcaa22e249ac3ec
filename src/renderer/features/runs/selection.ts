/** Rows chosen in a table: an ordered list underneath, a set of ids, and the row that a range starts from. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly anchor: string | null;
}

export const nothingSelected: Selection = { ids: new Set(), anchor: null };

/** Adds the row or takes it away; the next range starts here. */
export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id };
}

/** Adds every row between the anchor and this one, both ends included; without an anchor on screen, this row. */
export function extend(selection: Selection, rows: readonly string[], id: string): Selection {
  const end = rows.indexOf(id);
  const start = selection.anchor === null ? -1 : rows.indexOf(selection.anchor);
  if (end < 0) return selection;
  const from = start < 0 ? end : Math.min(start, end);
  const to = start < 0 ? end : Math.max(start, end);
  return { ids: new Set([...selection.ids, ...rows.slice(from, to + 1)]), anchor: selection.anchor ?? id };
}

/** What is left when rows disappear from the library. */
export function keepOnly(selection: Selection, present: ReadonlySet<string>): Selection {
  const ids = new Set([...selection.ids].filter((id) => present.has(id)));
  const anchor = selection.anchor !== null && present.has(selection.anchor) ? selection.anchor : null;
  return { ids, anchor };
}
