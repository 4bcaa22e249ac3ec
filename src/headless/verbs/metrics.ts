import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import { MicrobatchError } from '../../contracts/errors.ts';
import { csvLines } from '../../library/formats/points-csv.ts';
import { jsonPieces } from '../../library/formats/points-json.ts';
import { summaryCsvLines, summaryJson, summaryRows } from '../../library/formats/summary-text.ts';
import type { SummaryRow } from '../../library/formats/summary-text.ts';
import { readMetrics, readPoints, readSeriesNames } from '../../library/metric-reader.ts';
import type { RecordedPoint, RecordedSeries } from '../../library/metric-reader.ts';
import { readSummary } from '../../library/metric-summary.ts';
import type { SummarisedSeries } from '../../library/metric-summary.ts';
import { openForReading } from '../open-lab.ts';
import { printAll, printPieces } from '../terminal.ts';
import { jsonOption, libraryOption, names } from '../usage.ts';

const mostBuckets = 100_000;

type Format = 'csv' | 'json' | 'jsonl';

interface MetricsOptions {
  readonly series?: readonly string[];
  readonly format: Format;
  readonly buckets?: number;
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
    .option('--buckets <n>', 'count, min, max, mean and last of about so many stretches of each series', buckets)
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
  if (options.buckets !== undefined) {
    await printSummary(id, readSummary(file, { names, buckets: options.buckets }), format);
  } else if (format === 'json') await printPieces(jsonPieces(id, seriesOf(file, names)));
  else await printAll(format === 'csv' ? csvLines(pointsOf(file, names)) : jsonLines(pointsOf(file, names)));
}

function printSummary(run: string, summary: readonly SummarisedSeries[], format: Format): Promise<void> {
  switch (format) {
    case 'csv':
      return printAll(summaryCsvLines(summary));
    case 'json':
      return printAll([summaryJson(run, summary)]);
    case 'jsonl':
      return printAll(jsonLines(summaryRows(summary)));
  }
}

function buckets(text: string): number {
  const parsed = z.coerce.number().int().min(1).max(mostBuckets).safeParse(text);
  if (parsed.success && text.trim() !== '') return parsed.data;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${String(mostBuckets)}.`);
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

function* jsonLines(rows: Iterable<RecordedPoint | SummaryRow>): Generator<string> {
  for (const row of rows) yield JSON.stringify(row);
}

/** Each series once, in the order of names, read when the one before is printed. */
function* seriesOf(file: string, names: readonly string[]): Generator<RecordedSeries> {
  for (const name of [...new Set(names)].toSorted()) yield* readMetrics(file, [name]);
}
