import type { RecordedSeries } from '../metric-reader.ts';

/** Numbers that are made text at once. */
const pieceLength = 4096;

/**
 * One JSON document `{"run", "series": {NAME: {"steps", "values"}}}` in pieces, of which only one, and the columns of one
 * series, are in memory. Values that were not finite are null.
 */
export function* jsonPieces(run: string, series: Iterable<RecordedSeries>): Generator<string> {
  yield `{"run":${JSON.stringify(run)},"series":{`;
  let separator = '';
  for (const { name, steps, values } of series) {
    yield `${separator}${JSON.stringify(name)}:{"steps":[`;
    yield* numberPieces(steps);
    yield '],"values":[';
    yield* numberPieces(values);
    yield ']}';
    separator = ',';
  }
  yield '}}\n';
}

function* numberPieces(numbers: Float64Array): Generator<string> {
  for (let from = 0; from < numbers.length; from += pieceLength) {
    const piece = Array.from(numbers.subarray(from, from + pieceLength), (value) => JSON.stringify(value));
    yield `${from === 0 ? '' : ','}${piece.join()}`;
  }
}
