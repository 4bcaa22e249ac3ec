import { shell } from 'electron';
import { hostCommandIds } from '../contracts/commands.ts';
import type { HostCommandId } from '../contracts/commands.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import type { HandedFile } from '../contracts/files.ts';
import type { FileHandles } from '../lab/file-handles.ts';
import type { Lab } from '../lab/lab.ts';
import { changeLibrary } from './change-library.ts';
import type { ProblemLog } from './problem-log.ts';
import type { Updates } from './updates.ts';
import type { SettingsFile } from '../lab/stored-settings.ts';

/** The commands of the table that the main process does, for its menus and for the window. */
export interface HostCommands {
  readonly offered: readonly HostCommandId[];
  /** Libraries that were open before this one, the latest first. */
  recentLibraries(): HandedFile[];
  /** `path` is the library of `library.open-recent`. Throws `commands/unavailable`. */
  run(id: HostCommandId, path?: string): Promise<void>;
}

export interface HostCommandsOptions {
  readonly lab: Lab;
  /** Folder of the library that is open. */
  readonly library: string;
  /** Whether the policy or the environment decides which library is opened. */
  readonly isLibraryNamed: boolean;
  readonly settings: SettingsFile;
  readonly handles: FileHandles;
  readonly log: ProblemLog;
  readonly updates: Updates;
}

const commandsOfLibraries: readonly HostCommandId[] = ['library.open', 'library.open-recent'];

export function makeHostCommands(options: HostCommandsOptions): HostCommands {
  const { lab, library, settings, handles, log, updates } = options;
  const offered = hostCommandIds.filter((id) => !options.isLibraryNamed || !commandsOfLibraries.includes(id));
  const others = (): string[] => settings.readRecentLibraries().filter((folder) => folder !== library);
  return {
    offered,
    recentLibraries: () => (options.isLibraryNamed ? [] : others().map((folder) => handles.give(folder))),
    async run(id, path) {
      if (!offered.includes(id)) throw unavailable(id);
      switch (id) {
        case 'library.open':
          return changeLibrary({ lab, settings, open: library });
        case 'library.open-recent':
          if (path === undefined || !others().includes(path)) throw unavailable(id);
          return changeLibrary({ lab, settings, open: library, library: path });
        case 'updates.check':
          // Its dialogs wait for the user; the window waits for none of them.
          void updates.check();
          break;
        case 'log.show':
          shell.showItemInFolder(log.file);
      }
    },
  };
}

function unavailable(id: HostCommandId): MicrobatchError {
  return new MicrobatchError({
    code: 'commands/unavailable',
    message: `${id} cannot be done here`,
    expected: 'a command that host.information lists, and of recent libraries one that it lists',
  });
}
