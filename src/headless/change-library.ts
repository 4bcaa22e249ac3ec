import { answerCall } from '../contracts/calls.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { libraryFolder } from '../lab/user-folders.ts';
import { connectToHost } from './host-bridge.ts';
import type { CallLab } from './host-bridge.ts';
import { openLab } from './open-lab.ts';
import type { OpenLab } from './open-lab.ts';

export interface ChangeOptions {
  /** The named library, if one was. */
  readonly library: string | undefined;
  /** Who changes it, in words, for another host that finds the library taken. */
  readonly owner: string;
}

/**
 * Does work that changes a library and trains nothing: through the host that owns it where one does, else as its
 * owner for this moment, when `work` has the lab beside the call. Throws `library/owned`, which says who owns it, where
 * that one cannot be reached.
 */
export async function changeLibrary<T>(
  options: ChangeOptions,
  work: (call: CallLab, own: OpenLab | null) => Promise<T>,
): Promise<T> {
  const opened = await openLab({ ...options, write: true, trains: 'nothing' }).catch((error: unknown) => {
    if (error instanceof MicrobatchError && error.code === 'library/owned') return error;
    throw error;
  });
  if (opened instanceof MicrobatchError) {
    const host = await connectToHost(libraryFolder(options.library));
    if (host === null) throw opened;
    return work(host.call, null).finally(host.close);
  }
  const { lab } = opened;
  return work((name, parameters) => answerCall(lab.handlers, name, parameters), opened).finally(() => lab.close());
}
