#!/usr/bin/env node
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { describeError, toErrorShape } from '../contracts/errors.ts';
import { program, version } from './application.ts';
import { say } from './terminal.ts';
import { addCheckpoints } from './verbs/checkpoints.ts';
import { addCompare } from './verbs/compare.ts';
import { addDatasets } from './verbs/datasets.ts';
import { addDevices } from './verbs/devices.ts';
import { addEval } from './verbs/eval.ts';
import { addExport } from './verbs/export.ts';
import { addDoctor } from './verbs/doctor.ts';
import { addFork } from './verbs/fork.ts';
import { addImport } from './verbs/import.ts';
import { addList } from './verbs/list.ts';
import { addMetrics } from './verbs/metrics.ts';
import { addQueue } from './verbs/queue.ts';
import { addQuickstart } from './verbs/quickstart.ts';
import { addReplayStop } from './verbs/replay-stop.ts';
import { addResume } from './verbs/resume.ts';
import { addRun } from './verbs/run.ts';
import { addRuntime } from './verbs/runtime.ts';
import { addServe } from './verbs/serve.ts';
import { addShow } from './verbs/show.ts';
import { addSweep } from './verbs/sweep.ts';
import { addVerify } from './verbs/verify.ts';

const wrongUsage = 2;

function buildProgram(): Command {
  const command = new Command('microbatch')
    .description('A laboratory for implicit regularisation in SGD: configure, train and compare runs.')
    .version(version)
    .helpCommand(false)
    .addHelpText('after', '\nExit code: 0 done, 1 failed (one line on stderr says why), 2 wrong usage.')
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  for (const add of [
    addQuickstart,
    addRun,
    addResume,
    addFork,
    addVerify,
    addDoctor,
    addCheckpoints,
    addSweep,
    addQueue,
    addList,
    addShow,
    addMetrics,
    addCompare,
    addReplayStop,
    addEval,
    addExport,
    addImport,
    addDatasets,
    addDevices,
    addRuntime,
    addServe,
  ])
    add(command);
  return command;
}

function usageMessage(error: CommanderError, command: Command): string {
  const reason = error.code.replace(/^commander\./, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const verb = command.commands.map((known) => known.name()).find((name) => name === process.argv[2]);
  return describeError({
    code: `usage/${reason}`,
    message: error.message.replace(/^error: /, '').replaceAll('\n', ' '),
    remedy: verb === undefined ? `${program} --help shows the verbs` : `${program} ${verb} --help shows what it takes`,
  });
}

const command = buildProgram();
try {
  await command.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof CommanderError)) say(describeError(toErrorShape(error)));
  else if (error.exitCode === 0) process.exitCode = 0;
  else {
    process.exitCode = wrongUsage;
    // Without a verb the help itself is the answer.
    if (error.code !== 'commander.help') say(usageMessage(error, command));
  }
}
