import { MicrobatchError, describeError } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import type { Training } from '../lab/queue/queue.ts';
import { readPolicy, underPolicy } from '../lab/policy.ts';
import { libraryFolder, userFolder } from '../lab/user-folders.ts';
import { openLibrary } from '../library/library.ts';
import type { Library } from '../library/library.ts';
import { paths, version } from './application.ts';
import { forkProcessHost } from './fork-process-host.ts';
import { keepProcesses } from './process-keeper.ts';
import { say } from './terminal.ts';
import { webSettings } from './web-settings.ts';

export interface OpenLab {
  readonly lab: Lab;
  readonly library: Library;
  /** Ends every process of the lab without asking it. */
  readonly killAll: () => void;
}

export interface OpenLabOptions {
  /** The named library, if one was. */
  readonly library: string | undefined;
  /** Who this host is, in words, for another host that finds the library taken. */
  readonly owner: string;
  /** Whether a library that cannot be written is an error. */
  readonly write: boolean;
  /** Which queued runs this host trains. */
  readonly trains: Training;
  /** Told of failures that no caller waits for; stderr unless given. */
  readonly onProblem?: (error: ErrorShape) => void;
}

/** The lab's services in this process, with plain child processes. Throws `library/...` errors. */
export async function openLab(options: OpenLabOptions): Promise<OpenLab> {
  const library = await openLibrary(libraryFolder(options.library), { create: true, write: options.write });
  const { processHost, killAll } = keepProcesses(forkProcessHost);
  const lab = await createLab({
    library,
    processHost,
    entries: paths,
    settings: underPolicy(webSettings(userFolder(), say), readPolicy()),
    host: { version, kind: 'web' },
    owner: options.owner,
    openExternal: refuseExternal,
    onProblem: options.onProblem ?? ((error) => say(describeError(error))),
    trains: options.trains,
  });
  return { lab, library, killAll };
}

/** The library of a verb that only reads: opened beside whatever host owns it. */
export function openForReading(named: string | undefined): Promise<Library> {
  return openLibrary(libraryFolder(named));
}

/** A browser opens addresses itself; this host may run on a machine without a screen. */
function refuseExternal(): Promise<void> {
  const refusal = { code: 'external/refused', message: 'this host opens no addresses: the browser does' };
  return Promise.reject(new MicrobatchError(refusal));
}
