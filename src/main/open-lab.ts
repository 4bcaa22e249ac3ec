import { app, dialog } from 'electron';
import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { ApplicationPaths } from '../lab/application-paths.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { underPolicy } from '../lab/policy.ts';
import type { Policy } from '../lab/policy.ts';
import { openVerbBridge } from '../lab/verb-bridge.ts';
import { libraryFolder } from '../lab/user-folders.ts';
import { openLibrary } from '../library/library.ts';
import type { OpenExternal } from './lock-down.ts';
import type { ProblemLog } from './problem-log.ts';
import type { SettingsFile } from '../lab/stored-settings.ts';
import { utilityProcessHost } from './utility-process-host.ts';

export interface OpenLabOptions {
  readonly paths: ApplicationPaths;
  readonly settings: SettingsFile;
  readonly log: ProblemLog;
  readonly policy: Policy;
  readonly openExternal: OpenExternal;
}

/** Whether policy or environment name the library for this start; the choice in the settings then has no effect. */
export const isLibraryNamed = ({ library }: Policy): boolean =>
  library !== undefined || (process.env.MICROBATCH_LIBRARY ?? '') !== '';

/**
 * Opens the library and its services: the folder that the policy names, else the one of the environment, else the one that the user chose last,
 * else the user's own. Where it cannot be opened the user is told why and may choose another; null where they quit.
 */
export async function openLab(options: OpenLabOptions): Promise<{ readonly lab: Lab; readonly folder: string } | null> {
  const { settings, log, policy } = options;
  let folder = libraryFolder(
    policy.library ?? (isLibraryNamed(policy) ? undefined : (settings.readLibrary() ?? undefined)),
  );
  while (true) {
    try {
      return { lab: await openLabOf(folder, options), folder };
    } catch (error) {
      log.write('library', error);
      // Which library is opened here is the administrator's choice.
      if (policy.library !== undefined) throw error;
      const chosen = await askForAnother(toErrorShape(error));
      if (chosen === null) return null;
      settings.writeLibrary(chosen);
      folder = chosen;
    }
  }
}

/** Asks for the folder of a library; null where none was chosen. */
export async function chooseLibraryFolder(): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog({
    title: 'Open library',
    message: 'Folder of a library, or an empty one to begin a new library',
    properties: ['openDirectory', 'createDirectory'],
  });
  return canceled ? null : (filePaths[0] ?? null);
}

async function openLabOf(folder: string, { paths, settings, log, policy, openExternal }: OpenLabOptions): Promise<Lab> {
  const library = await openLibrary(folder, { create: true });
  const lab = await createLab({
    library,
    processHost: utilityProcessHost,
    entries: paths,
    settings: underPolicy(settings, policy),
    host: { version: app.getVersion(), kind: 'desktop' },
    owner: 'the desktop application',
    openExternal: (url) => openOrThrow(openExternal, url),
    onProblem: (problem) => log.write('lab', new MicrobatchError(problem)),
    recentLog: () => log.tail(200),
  });
  return library.readOnly ? lab : openToVerbs(lab, library.folder, log);
}

/** Lets verbs of the command line change the library through this application; without that they say who owns it. */
async function openToVerbs(lab: Lab, library: string, log: ProblemLog): Promise<Lab> {
  const { handlers } = lab;
  const bridge = await openVerbBridge({
    ...{ library, handlers, events: (listener) => lab.subscribe(listener) },
    onUnexpected: (where, thrown) => log.write(where, thrown),
  }).catch((error: unknown) => {
    log.write('bridge for verbs', error);
    return null;
  });
  return {
    ...lab,
    async close(options) {
      await bridge?.close();
      await lab.close(options);
    },
  };
}

async function askForAnother({ code, message, expected, remedy }: ErrorShape): Promise<string | null> {
  const choose = 1;
  const { response } = await dialog.showMessageBox({
    type: 'error',
    title: 'Microbatch',
    message: 'The library cannot be opened.',
    detail: [
      `${message} (${code}).`,
      ...(expected === undefined ? [] : [`Expected: ${expected}.`]),
      ...(remedy === undefined ? [] : [`Remedy: ${remedy}.`]),
    ].join('\n'),
    buttons: ['Quit', 'Choose another library…'],
    defaultId: choose,
    cancelId: 0,
  });
  return response === choose ? chooseLibraryFolder() : null;
}

function openOrThrow(openExternal: OpenExternal, url: string): Promise<void> {
  if (openExternal(url)) return Promise.resolve();
  return Promise.reject(
    new MicrobatchError({
      code: 'external/refused',
      message: 'the address was not opened',
      expected: 'an http or https address without a user name, and a machine whose policy allows links',
    }),
  );
}
