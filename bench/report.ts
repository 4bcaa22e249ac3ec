import os from 'node:os';

export interface BenchRow {
  readonly case: string;
  readonly executor: string;
  readonly mode: string;
  readonly threads: number;
  readonly unit: string;
  readonly ours: number;
  /** null where no peer ran. */
  readonly peer: number | null;
  /** ours / peer */
  readonly ratio: number | null;
  readonly better: 'lower' | 'higher';
  /** Speed as a share of the machine's speed in a plain matrix product of the same number of threads. */
  readonly peakShare?: number;
}

export interface BenchReport {
  readonly machine: string;
  readonly rows: readonly BenchRow[];
}

export function machineName(): string {
  const cpus = os.cpus();
  return `${String(cpus.length)} x ${cpus[0]?.model ?? 'unknown processor'}, ${os.platform()} ${os.arch()}`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The report as a table for a terminal; a missing peer shows as a dash. */
export function formatReport({ machine, rows }: BenchReport): string {
  const number = (value: number | null): string => (value === null ? '-' : value.toFixed(value < 100 ? 2 : 0));
  const header = ['case', 'executor', 'mode', 'threads', 'ours', 'peer', 'ratio', 'unit', 'better', 'of peak'];
  const lines = rows.map((row) => [
    row.case,
    row.executor,
    row.mode,
    String(row.threads),
    number(row.ours),
    number(row.peer),
    number(row.ratio),
    row.unit,
    row.better,
    row.peakShare === undefined ? '' : `${(100 * row.peakShare).toFixed(0)} %`,
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [machine, format(header), ...lines.map(format)].join('\n');
}
