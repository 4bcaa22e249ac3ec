/** Preloaded into a child process (`--import`): lets its writes fail as the variable FAULT_OF_TEST says. */
import process from 'node:process';
import { z } from 'zod';
import { faultKinds } from './fault-errors.ts';
import { FaultInjector } from './fault-injector.ts';

const faultOfChild = z.object({
  root: z.string(),
  fault: z.object({ kind: z.enum(faultKinds), at: z.int(), every: z.int().optional() }),
});

const { root, fault } = faultOfChild.parse(JSON.parse(process.env['FAULT_OF_TEST'] ?? ''));
const { every } = fault;
new FaultInjector(root).arm({ kind: fault.kind, at: fault.at, ...(every === undefined ? {} : { every }) });
