import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { blockOf, blockSteps, hasOutline } from './metric-outline.ts';
import { readColumns, seriesOf, withDatabase, type RecordedSeries } from './metric-reader.ts';

interface MetricRange {
  /** All series where empty. */
  readonly names: readonly string[];
  /** First step; from the beginning where absent. */
  readonly from?: number | undefined;
  /** Last step, included; to the end where absent. */
  readonly to?: number | undefined;
  /** About as many points a series as will be shown. */
  readonly points: number;
}

type Columns = Pick<RecordedSeries, 'steps' | 'values'>;
type Range = Omit<RangeSeries, 'name'>;

/** Points that stand for a block when a series is thinned. */
const pointsOfBlock = 4;

interface RangeSeries extends RecordedSeries {
  /** Whether these are all the points of the range. */
  readonly complete: boolean;
}

/**
 * The named series between two steps. Of a range that has many more points than will be shown, only the outline: the
 * first, least, greatest and last point and the first gap of each 128 steps, which is never coarser than `points` asks for.
 * A run that has not recorded anything yet has no series. Throws `metrics/damaged`.
 */
export function readRange(path: string, range: MetricRange): RangeSeries[] {
  if (!existsSync(path)) return [];
  return withDatabase(path, (database) => {
    const outlined = hasOutline(database);
    return seriesOf(database, range.names).map(({ id, name }) => ({ name, ...read(database, id, range, outlined) }));
  });
}

function read(database: DatabaseSync, series: number, range: MetricRange, outlined: boolean): Range {
  const [first, last] = endsOf(database, series);
  const from = Math.max(range.from ?? first, first);
  const to = Math.min(range.to ?? last, last);
  const blocks = blockOf(to) - blockOf(from);
  if (!outlined || blocks < range.points / pointsOfBlock) {
    return { ...readColumns(database, { table: 'points', series, from, to }), complete: true };
  }
  // The outline of a block that is cut by the range may have its extremes outside.
  const begin = (blockOf(from) + 1) * blockSteps;
  const end = blockOf(to) * blockSteps;
  const parts = [
    readColumns(database, { table: 'points', series, from, to: begin - 1 }),
    readColumns(database, { table: 'outline', series, from: begin, to: end - 1 }),
    readColumns(database, { table: 'points', series, from: end, to }),
  ];
  const found = joined(parts);
  // Of a series with few points the outline has all of them.
  return { ...found, complete: !hasMore(database, { series, from, to, than: found.steps.length }) };
}

/** Whether a range has more points than some number; no more than that are counted. */
function hasMore(
  database: DatabaseSync,
  { than, ...range }: { series: number; from: number; to: number; than: number },
): boolean {
  const next = 'SELECT 1 FROM points WHERE series = $series AND step BETWEEN $from AND $to LIMIT 1 OFFSET $than';
  return database.prepare(next).get({ ...range, than }) !== undefined;
}

/** First and last step of a series, 0 where it has no points. */
function endsOf(database: DatabaseSync, series: number): readonly [first: number, last: number] {
  const end = (name: 'min' | 'max'): number =>
    Number(database.prepare(`SELECT ${name}(step) AS step FROM points WHERE series = ?`).get(series)?.['step'] ?? 0);
  return [end('min'), end('max')];
}

function joined(parts: readonly Columns[]): Columns {
  const length = parts.reduce((sum, { steps }) => sum + steps.length, 0);
  const [steps, values] = [new Float64Array(length), new Float64Array(length)];
  let at = 0;
  for (const part of parts) {
    steps.set(part.steps, at);
    values.set(part.values, at);
    at += part.steps.length;
  }
  return { steps, values };
}
