/** Entry of the desktop application: protections that must come before Electron is ready, then one instance of it. */
import { app, dialog, protocol } from 'electron';
import { toErrorShape } from '../contracts/errors.ts';
import { applicationAddress, applicationScheme } from './addresses.ts';
import { startDesktop } from './desktop.ts';
import { filesOfCommandLine, OpenedFiles } from './opened-files.ts';
import { openProblemLog } from './problem-log.ts';

/** Under the development server the pages come from there. */
const developmentAddress = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL;
const ownAddress = developmentAddress ?? applicationAddress;

app.setName('microbatch');
app.setAppUserModelId('org.microbatch.desktop');
app.enableSandbox();
protocol.registerSchemesAsPrivileged([
  {
    scheme: applicationScheme,
    privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
  },
]);

if (app.requestSingleInstanceLock()) {
  const log = openProblemLog(app.getPath('logs'));
  const opened = new OpenedFiles();
  const open = (commandLine: readonly string[], folder: string): void =>
    opened.add(filesOfCommandLine(commandLine, { isPackaged: app.isPackaged, folder }));
  open(process.argv, process.cwd());
  app.on('second-instance', (_event, commandLine, folder) => open(commandLine, folder));
  // macOS tells of files this way, also before it is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault();
    opened.add([path]);
  });
  app
    .whenReady()
    .then(() => startDesktop({ ownAddress, log, opened }))
    .catch((error: unknown) => {
      log.write('start', error);
      dialog.showErrorBox('Microbatch cannot start', `${toErrorShape(error).message}\n\nDetails are in ${log.file}.`);
      app.exit(1);
    });
} else {
  app.quit();
}
