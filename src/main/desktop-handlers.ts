import type { ApiHandlers } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { withFiles } from '../lab/file-access.ts';
import type { FileHandles } from '../lab/file-handles.ts';
import { readOpened } from '../lab/opened-documents.ts';
import type { FileDialogs } from './file-dialogs.ts';
import type { HostCommands } from './host-commands.ts';
import type { OpenedFiles } from './opened-files.ts';

export interface DesktopParts {
  readonly hostCommands: HostCommands;
  readonly dialogs: Pick<FileDialogs, 'ask'>;
  readonly opened: OpenedFiles;
  readonly handles: FileHandles;
  /** Whether the user agrees that programs of this address are installed here. */
  readonly trusts: (address: string) => Promise<boolean>;
}

/** The lab's handlers with what only the desktop application can do, and with no file but those that the user gave. */
export function desktopHandlers(handlers: ApiHandlers, parts: DesktopParts): ApiHandlers {
  const { hostCommands, dialogs, opened, handles, trusts } = parts;
  const desktop: ApiHandlers = {
    ...handlers,
    'host.information': async (parameters, context) => ({
      ...(await handlers['host.information'](parameters, context)),
      commands: [...hostCommands.offered],
      recentLibraries: hostCommands.recentLibraries(),
    }),
    'files.choose': async ({ purpose }) => (await dialogs.ask(purpose)).map((path) => handles.give(path)),
    'files.take-opened': () => readOpened(opened.take(), (path) => handles.give(path)),
    'settings.write': async (change, context) => {
      const now = await handlers['settings.read'](null);
      // A window must not decide alone which program replaces this one.
      const { updates } = change;
      if (typeof updates === 'string' && updates !== now.updates && !(await trusts(updates))) {
        throw new MicrobatchError({ code: 'settings/refused', message: 'the address of updates stays as it was' });
      }
      return handlers['settings.write'](change, context);
    },
    'commands.run': async ({ command, file }) => {
      await hostCommands.run(command, file);
      return null;
    },
  };
  return withFiles(desktop, handles.resolve);
}
