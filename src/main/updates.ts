import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toErrorShape } from '../contracts/errors.ts';
import { isFolderAddress } from '../contracts/settings.ts';
import type { ProblemLog } from './problem-log.ts';
import { serveShare } from './update-share.ts';

/** The part of electron-updater's updaters that is used. */
export interface Updater {
  autoDownload: boolean;
  autoInstallOnAppQuit: boolean;
  allowDowngrade: boolean;
  disableWebInstaller: boolean;
  logger: { info(message?: unknown): void; warn(message?: unknown): void; error(message?: unknown): void } | null;
  updateConfigPath: string | null;
  checkForUpdates(): Promise<{
    readonly isUpdateAvailable: boolean;
    readonly updateInfo: { readonly version: string };
  } | null>;
  downloadUpdate(): Promise<readonly string[]>;
  quitAndInstall(): void;
}

export interface UpdatesOptions {
  /** Where updates come from: an https address, or a folder such as a share of the lab; null where they are off. */
  readonly address: () => string | null;
  /** Null where the application was not installed, and cannot replace itself. */
  readonly updater: () => Promise<Updater | null>;
  /** Folder that this module may write to. */
  readonly folder: string;
  readonly log: Pick<ProblemLog, 'write'>;
  /** Runs that have a process. */
  readonly unfinishedRuns: () => number;
  readonly tell: (message: string, detail: string) => Promise<void>;
  /** Whether the user agrees. */
  readonly ask: (message: string, detail: string, agree: string) => Promise<boolean>;
}

/**
 * Updates of the application, which nobody gets who has not named where they come from. A version is looked for when the
 * application starts or the user asks; it is fetched, and then installed, only when the user agrees each time, and never
 * while runs train. What is fetched is compared with the SHA-512 that the address states for it.
 */
export class Updates {
  readonly #options: UpdatesOptions;
  #busy = false;

  constructor(options: UpdatesOptions) {
    this.#options = options;
  }

  /** At the start: says nothing where there is nothing new. Never rejects. */
  async checkAtStart(): Promise<void> {
    if (this.#options.address() === null) return;
    await this.#once(false);
  }

  /** The user asks: says in any case what came of it. Never rejects. */
  async check(): Promise<void> {
    if (this.#options.address() !== null) return this.#once(true);
    return this.#options.tell('Updates are off.', 'Settings, Updates names the address or the folder they come from.');
  }

  async #once(asked: boolean): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#look(asked);
    } catch (error) {
      this.#options.log.write('updates', error);
      const why = toErrorShape(error).message.split('\n')[0] ?? '';
      if (asked) await this.#options.tell('The search for updates failed.', why.slice(0, 300));
    } finally {
      this.#busy = false;
    }
  }

  async #look(asked: boolean): Promise<void> {
    const { address, tell, ask } = this.#options;
    const updater = await this.#options.updater();
    const from = address();
    if (from === null) return;
    if (updater === null) {
      if (asked) await tell('This copy cannot update itself.', 'Only an installed application can.');
      return;
    }
    const share = isFolderAddress(from) ? await serveShare(from) : null;
    try {
      this.#prepare(updater, share?.url ?? from);
      const found = await updater.checkForUpdates();
      if (found?.isUpdateAvailable !== true) {
        if (asked) await tell('There is no newer version.', `At ${from}.`);
        return;
      }
      const { version } = found.updateInfo;
      if (!(await ask(`Microbatch ${version} is there.`, `From ${from}. Nothing is installed yet.`, 'Download')))
        return;
      await updater.downloadUpdate();
      await this.#install(updater, version);
    } finally {
      await share?.close();
    }
  }

  async #install(updater: Updater, version: string): Promise<void> {
    const { ask, tell, unfinishedRuns } = this.#options;
    const agreed = await ask(`Microbatch ${version} can be installed.`, 'The application starts again.', 'Install');
    if (!agreed) return;
    if (unfinishedRuns() === 0) updater.quitAndInstall();
    else await tell('Runs are not finished.', 'Stop them, or wait for their end, and look for updates again.');
  }

  #prepare(updater: Updater, url: string): void {
    const { folder, log } = this.#options;
    updater.autoDownload = false;
    updater.autoInstallOnAppQuit = false;
    updater.allowDowngrade = false;
    updater.disableWebInstaller = true;
    updater.logger = {
      info: () => undefined,
      warn: (message) => log.write('updates', String(message)),
      error: (message) => log.write('updates', String(message)),
    };
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'updates.yml');
    // YAML reads JSON.
    writeFileSync(file, JSON.stringify({ provider: 'generic', url, updaterCacheDirName: 'microbatch-updates' }));
    updater.updateConfigPath = file;
  }
}
