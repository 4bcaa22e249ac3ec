import type { HostInformation } from '../contracts/host-information.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { Settings, SettingsChange } from '../contracts/settings.ts';
import type { Library } from '../library/library.ts';
import type { WheelsOf } from './native-runtime/native-runtimes.ts';
import type { ProcessHost } from './process-host.ts';
import type { Training } from './queue/queue.ts';
import type { RunnerPatience } from './runner-client.ts';

/** Where a host keeps the settings of its windows. */
export interface SettingsStore {
  readSettings(): Settings;
  /** Changes the named fields and returns all settings. */
  writeSettings(change: SettingsChange): Settings;
}

export interface LabOptions {
  readonly library: Library;
  readonly processHost: ProcessHost;
  /** Modules that processes start with, and the folder of the embedded data sets: see applicationPaths. */
  readonly entries: {
    readonly runner: string;
    readonly probe: string;
    readonly datasetTask: string;
    readonly importTask: string;
    readonly resources: string;
    /** The application's own folder, and whether it runs from `out/`: what code trains. */
    readonly root: string;
    readonly built: boolean;
  };
  readonly settings: SettingsStore;
  readonly host: Pick<HostInformation, 'version' | 'kind'>;
  /** Who owns the library while this lab is open, in words: "the desktop app". */
  readonly owner: string;
  /** Opens a web address outside the application, or throws `external/refused`. */
  readonly openExternal: (url: string) => Promise<void>;
  /** Told of failures that no caller waits for. */
  readonly onProblem: (error: ErrorShape) => void;
  /** The last lines of the log of problems, for diagnostics; none unless given. */
  readonly recentLog?: () => readonly string[];
  /** Which queued runs this host trains; the whole queue unless given. */
  readonly trains?: Training;
  /** Threads that runs side by side may use together; the machine's cores unless given. */
  readonly cores?: number;
  readonly patience?: RunnerPatience;
  /** The wheels that native runtimes are made of; the pinned ones unless given. */
  readonly wheelsOf?: WheelsOf;
}
