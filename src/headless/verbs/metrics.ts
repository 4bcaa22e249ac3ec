import { Option } from 'commander';
import type { Command } from 'commander';
import { MicrobatchError } from '../../contracts/errors.ts';
import { csvLines } from '../../library/formats/points-csv.ts';
import { readMetrics, readPoints, readSeriesNames } from '../../library/metric-reader.ts';
import type { RecordedPoint, RecordedSeries } from '../../library/metric-reader.ts';
import { openForReading } from '../open-lab.ts';
import { printAll } from '../terminal.ts';
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
  await printAll(lines(id, file, names, options.json === true ? 'json' : options.format));
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

function lines(run: string, file: string, names: readonly string[], format: Format): Iterable<string> {
  switch (format) {
    case 'csv':
      return csvLines(pointsOf(file, names));
    case 'json':
      return [JSON.stringify({ run, series: Object.fromEntries(readMetrics(file, names).map(columnOf)) })];
    case 'jsonl':
      return jsonLines(pointsOf(file, names));
  }
}

/** One series after the other, in the order in which they are named. */
function* pointsOf(file: string, names: readonly string[]): Generator<RecordedPoint> {
  for (const name of names) yield* readPoints(file, { series: name });
}

function* jsonLines(points: Iterable<RecordedPoint>): Generator<string> {
  for (const point of points) yield JSON.stringify(point);
}

function columnOf({ name, steps, values }: RecordedSeries): [string, { steps: number[]; values: (number | null)[] }] {
  return [name, { steps: Array.from(steps), values: Array.from(values, finiteOrNull) }];
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
