import { Option } from 'commander';
import type { Command } from 'commander';
import { MicrobatchError } from '../../contracts/errors.ts';
import { readMetrics } from '../../library/metric-reader.ts';
import type { RecordedSeries } from '../../library/metric-reader.ts';
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
  const recorded = readMetrics(library.runs.metricsFile(id));
  const chosen = options.series === undefined ? recorded : options.series.map((name) => pick(recorded, name, id));
  await printAll(lines(id, chosen, options.json === true ? 'json' : options.format));
}

function pick(recorded: readonly RecordedSeries[], name: string, run: string): RecordedSeries {
  const found = recorded.find((series) => series.name === name);
  if (found !== undefined) return found;
  throw new MicrobatchError({
    code: 'metrics/unknown-series',
    message: `run ${run} has not recorded a series ${name}`,
    expected:
      recorded.length === 0 ? 'a run that has recorded something' : recorded.map((series) => series.name).join(', '),
  });
}

function lines(run: string, series: readonly RecordedSeries[], format: Format): Iterable<string> {
  switch (format) {
    case 'csv':
      return csvLines(series);
    case 'json':
      return [JSON.stringify({ run, series: Object.fromEntries(series.map(columnOf)) })];
    case 'jsonl':
      return jsonLines(series);
  }
}

/** Imported series may have names that need quotes. A value that was not finite is left empty. */
function* csvLines(series: readonly RecordedSeries[]): Generator<string> {
  yield 'series,step,value';
  for (const { name, step, value } of points(series))
    yield `${/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name},${String(step)},${value === null ? '' : String(value)}`;
}

function* jsonLines(series: readonly RecordedSeries[]): Generator<string> {
  for (const { name, step, value } of points(series)) yield JSON.stringify({ series: name, step, value });
}

function columnOf({ name, steps, values }: RecordedSeries): [string, { steps: number[]; values: (number | null)[] }] {
  return [name, { steps: Array.from(steps), values: Array.from(values, finiteOrNull) }];
}

function* points(
  series: readonly RecordedSeries[],
): Generator<{ readonly name: string; readonly step: number; readonly value: number | null }> {
  for (const { name, steps, values } of series) {
    for (const [index, step] of steps.entries()) yield { name, step, value: finiteOrNull(values[index] ?? Number.NaN) };
  }
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
