import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireOwn } from '../library/folder-entries.ts';

/**
 * log.txt of a run: one line an event, with its time. Where it cannot be written the line is lost: the log must not stop
 * the run, nor keep it from telling why it failed.
 */
export interface LogFile {
  write(line: string): void;
}

export function openLog(folder: string): LogFile {
  const file = join(folder, 'log.txt');
  return {
    write(line) {
      try {
        requireOwn(file);
        appendFileSync(file, `${new Date().toISOString()} ${line}\n`);
      } catch {
        // Said above.
      }
    },
  };
}
