import { formatClock } from '../../format/times.ts';

/** A line of a log as it is shown: the time of the reader's day, and what was said. */
export interface LogLine {
  readonly time: string;
  readonly text: string;
  readonly isWarning: boolean;
}

const warnings = /\b(failed|error|not finite|died|lost|warning|diverged|interrupted)\b/i;

/** Log lines begin with their moment in ISO form; a line without one is shown whole. */
export function readLogLine(line: string): LogLine {
  const parts = /^(\d{4}-\d{2}-\d{2}T\S+) (.*)$/s.exec(line);
  const moment = new Date(parts?.[1] ?? Number.NaN);
  const text = parts?.[2];
  if (text === undefined || Number.isNaN(moment.getTime())) {
    return { time: '', text: line, isWarning: warnings.test(line) };
  }
  const milliseconds = String(moment.getMilliseconds()).padStart(3, '0');
  return { time: `${formatClock(moment, true)}.${milliseconds}`, text, isWarning: warnings.test(text) };
}
