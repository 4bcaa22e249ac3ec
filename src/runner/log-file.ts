import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** log.txt of a run: one line an event, with its time. */
export interface LogFile {
  write(line: string): void;
}

export function openLog(folder: string): LogFile {
  const file = join(folder, 'log.txt');
  return { write: (line) => appendFileSync(file, `${new Date().toISOString()} ${line}\n`) };
}
