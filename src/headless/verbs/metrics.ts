import { Option } from 'commander';
import type { Command } from 'commander';
import { MicrobatchError } from '../../contracts/errors.ts';
import { csvLines } from '../../library/formats/points-csv.ts';
import { jsonPieces } from '../../library/formats/points-json.ts';
import { readMetrics, readPoints, readSeriesNames } from '../../library/metric-reader.ts';
import type { RecordedPoint, RecordedSeries } from '../../library/metric-reader.ts';
import { openForReading } from '../open-lab.ts';
import { printAll, printPieces } from '../terminal.ts';
import { jsonOption, libraryOption, names } from '../usage.ts';

type Format = 'csv' | 'json' | 'jsonl';

interface MetricsOptions {
  readonly series?: readonly string[];
  readonly format: Format;
  readonly library?: string;
  readonly json?: boolean;
}

export function addMetrics(program: Command): void {
  program
    .command('metrics')
    .description('Print every recorded point of a run; CSV is long: series,step,value.')
    .argument('<run>', 'id, unique beginning of an id, or unique name')
    .option('--series <names>', 'series, separated by commas (default: all)', names)
    .addOption(new Option('--format <format>', 'form of the output').choices(['csv', 'json', 'jsonl']).default('csv'))
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(metrics);
}

async function metrics(reference: string, options: MetricsOptions): Promise<void> {
  const library = await openForReading(options.library);
  const { id } = await library.runs.resolve(reference);
  const file = library.runs.metricsFile(id);
  const names = options.series ?? readSeriesNames(file);
  requireRecorded(names, file, id);
  const format = options.json === true ? 'json' : options.format;
  if (format === 'json') await printPieces(jsonPieces(id, seriesOf(file, names)));
  else await printAll(format === 'csv' ? csvLines(pointsOf(file, names)) : jsonLines(pointsOf(file, names)));
}

function requireRecorded(names: readonly string[], file: string, run: string): void {
  const recorded = readSeriesNames(file);
  const unknown = names.find((name) => !recorded.includes(name));
  if (unknown === undefined) return;
  throw new MicrobatchError({
    code: 'metrics/unknown-series',
    message: `run ${run} has not recorded a series ${unknown}`,
    expected: recorded.length === 0 ? 'a run that has recorded something' : recorded.join(', '),
  });
}

/** One series after the other, in the order in which they are named. */
function* pointsOf(file: string, names: readonly string[]): Generator<RecordedPoint> {
  for (const name of names) yield* readPoints(file, { series: name });
}

function* jsonLines(points: Iterable<RecordedPoint>): Generator<string> {
  for (const point of points) yield JSON.stringify(point);
}

/** Each series once, in the order of names, read when the one before is printed. */
function* seriesOf(file: string, names: readonly string[]): Generator<RecordedSeries> {
  for (const name of [...new Set(names)].toSorted()) yield* readMetrics(file, [name]);
}
