/** Entry of the desktop application: protections that must come before Electron is ready, then one instance of it. */
import { app, dialog, protocol } from 'electron';
import { toErrorShape } from '../contracts/errors.ts';
import { applicationAddress, applicationScheme } from './addresses.ts';
import { startDesktop } from './desktop.ts';
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
  app
    .whenReady()
    .then(() => startDesktop({ ownAddress, log }))
    .catch((error: unknown) => {
      log.write('start', error);
      dialog.showErrorBox('Microbatch cannot start', `${toErrorShape(error).message}\n\nDetails are in ${log.file}.`);
      app.exit(1);
    });
} else {
  app.quit();
}
