import process from 'node:process';
import { takeInstallLock } from './install-lock.ts';

/** Test process: begins an installation into the folder of its argument, says so, and stays until it is killed. */
takeInstallLock(process.argv[2] ?? '');
process.send?.('taken');
setInterval(() => undefined, 1000);
