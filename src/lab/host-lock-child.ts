import process from 'node:process';
import { takeHostLock } from './host-lock.ts';

/** Test process: takes the lock of the library of its argument, says so, and keeps it until it is killed. */
takeHostLock(process.argv[2] ?? '', 'the child');
process.send?.('taken');
setInterval(() => undefined, 1000);
