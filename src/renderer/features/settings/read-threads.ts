import { settings } from '../../../contracts/settings.ts';
import { plural } from '../../format/words.ts';

/** What was typed as the threads of a new run: a number, null where nothing was typed, else what is wrong with it. */
export interface ThreadsRead {
  readonly threads?: number | null;
  readonly error?: string;
  readonly warning?: string;
}

/** `cores` of the host's machine; null while they are not known. */
export function readThreads(text: string, cores: number | null): ThreadsRead {
  const typed = text.trim();
  if (typed === '') return { threads: null };
  const threads = settings.shape.threads.safeParse(/^\d+$/.test(typed) ? Number(typed) : typed).data;
  if (threads === undefined || threads === null) return { error: 'A whole number from 1 to 256, or nothing.' };
  if (cores === null || threads <= cores) return { threads };
  const warning = `This machine has ${plural(cores, 'core')}. More threads than cores only wait for each other.`;
  return { threads, warning };
}
