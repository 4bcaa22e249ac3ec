import { z } from 'zod';
import { acting, reading, nothing } from './call-entry.ts';
import { commandIds, hostCommandIds } from './commands.ts';
import { versions } from './versions.ts';
import { fileChoice, handedFile, hostFile, openedDocument } from './files.ts';

/** Calls about the window and the machine it stands on, which each host answers in its own way: part of the table in api.ts. */
export const windowCalls = {
  /** Asks the user for files with a dialog of the system; none where it was closed. */
  'files.choose': acting(fileChoice, z.array(handedFile)),
  /** What was opened with the application and no window has taken yet. */
  'files.take-opened': acting(nothing, z.array(openedDocument)),
  /** Does a command of the host; `file` is the library of `library.open-recent`. */
  'commands.run': acting(z.object({ command: z.enum(hostCommandIds), file: hostFile.optional() }), nothing),
  /** Versions of the application and of what it runs on. */
  'application.versions': reading(nothing, versions),
  /** A text for a report of what went wrong. */
  'application.diagnostics': acting(nothing, z.object({ text: z.string() })),
  'external.open': acting(z.object({ url: z.string().max(2000) }), nothing),
} as const;

export const windowEvents = {
  /** A native menu asks the window to do a command. */
  'command.invoked': z.object({ command: z.enum(commandIds) }),
  /** The user wants to see a run: a click on the notification of its end. */
  'run.wanted': z.object({ run: z.string() }),
  /** Something was opened with the application, and waits for `files.take-opened`. */
  'files.opened': z.object({ waiting: z.int() }),
} as const;
