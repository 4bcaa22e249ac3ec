import { app, ipcMain, protocol, session } from 'electron';
import { applicationPaths } from '../lab/application-paths.ts';
import { FileHandles } from '../lab/file-handles.ts';
import { readOpened } from '../lab/opened-documents.ts';
import { applicationScheme } from './addresses.ts';
import { keepMenu } from './application-menu.ts';
import { desktopHandlers } from './desktop-handlers.ts';
import { desktopSettings } from './desktop-settings.ts';
import { watchFaults } from './faults.ts';
import { findUpdates, trustsUpdatesOf } from './find-updates.ts';
import { FileDialogs } from './file-dialogs.ts';
import { makeHostCommands } from './host-commands.ts';
import { registerCalls } from './ipc.ts';
import { denyNavigation, denyPermissions, externalDoor } from './lock-down.ts';
import { notifyOfEnds } from './notifications.ts';
import { openMainWindow } from './main-window.ts';
import type { OpenedFiles } from './opened-files.ts';
import { isLibraryNamed, openLab } from './open-lab.ts';
import { recoverPage } from './page-recovery.ts';
import { servePages } from './page-server.ts';
import { readPolicy, underPolicy } from '../lab/policy.ts';
import type { ProblemLog } from './problem-log.ts';
import { guardQuitting } from './quitting.ts';
import { guardSleep } from './sleep.ts';
import { stayAwakeWhileTraining } from './stay-awake.ts';
import { keepTray } from './tray.ts';
import { sendEventsTo } from './window-events.ts';

export interface DesktopOptions {
  /** Address of the application's own pages. */
  readonly ownAddress: string;
  readonly log: ProblemLog;
  /** Files that were opened with the application. */
  readonly opened: OpenedFiles;
}

/** Puts the parts together once Electron is ready: pages, library, calls, then the window. */
export async function startDesktop({ ownAddress, log, opened }: DesktopOptions): Promise<void> {
  const policy = readPolicy(namedPolicy());
  const openExternal = externalDoor(policy);
  denyNavigation(ownAddress, openExternal);
  watchFaults(log);
  const paths = applicationPaths(import.meta.url);
  const settings = desktopSettings(app.getPath('userData'), (sentence) => log.write('settings', sentence));
  // electron-store answers every page with paths on this channel; no page of ours needs it.
  ipcMain.removeAllListeners('electron-store-get-data');

  denyPermissions(session.defaultSession, ownAddress);
  protocol.handle(applicationScheme, servePages(paths.renderer));
  const library = await openLab({ paths, settings, log, policy, openExternal });
  if (library === null) {
    app.exit(1);
    return;
  }
  const { lab, folder } = library;

  const window = openMainWindow({
    preload: paths.preload,
    remembered: settings.readWindow(),
    remember: (bounds) => settings.writeWindow(bounds),
  });
  const handles = new FileHandles();
  const decided = underPolicy(settings, policy);
  const updates = findUpdates({ lab, settings: decided, window, log });
  const hostCommands = makeHostCommands({
    lab,
    library: folder,
    isLibraryNamed: isLibraryNamed(policy),
    settings,
    handles,
    log,
    updates,
  });
  const dialogs = new FileDialogs(window);
  // What the administrator has decided is refused by the settings themselves, without a question.
  const trusts = async (address: string): Promise<boolean> =>
    policy.settings.updates !== undefined || trustsUpdatesOf(window, address);
  registerCalls(ipcMain, desktopHandlers(lab.handlers, { hostCommands, dialogs, opened, handles, trusts }), {
    ownAddress,
    takeDropped: (dropped) => readOpened(dropped, (path) => handles.give(path)),
    onUnexpected: (call, thrown) => log.write(`call ${call}`, thrown),
  });
  const emit = sendEventsTo({ page: window.webContents, registry: ipcMain, ownAddress });
  lab.subscribe(emit);
  opened.onWaiting((waiting) => emit('files.opened', { waiting }));
  keepMenu({
    lab,
    settings: decided,
    mayChangeTheme: policy.settings.theme === undefined,
    hostCommands,
    invoke: emit,
  });
  guardQuitting(lab, window);
  recoverPage(window, log);
  stayAwakeWhileTraining(lab);
  guardSleep(lab);
  notifyOfEnds({ lab, window, settings: decided, emit });
  keepTray({ lab, window, settings: decided, resources: paths.resources });
  await window.loadURL(ownAddress);
  void updates.checkAtStart();
}

/** A packaged application obeys the machine's own policy and no other; in development a file can be tried out. */
function namedPolicy(): string | undefined {
  return app.isPackaged ? undefined : process.env.MICROBATCH_POLICY;
}
