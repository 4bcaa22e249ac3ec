import type { Command } from 'commander';
import { answerCall } from '../../contracts/calls.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import type { SpecifiedRun } from '../../contracts/run-record.ts';
import type { Lab } from '../../lab/lab.ts';
import { libraryFolder } from '../../lab/user-folders.ts';
import { openLibrary } from '../../library/library.ts';
import { trainInForeground } from '../train.ts';
import { jsonOption, libraryOption, tensorboardOption } from '../usage.ts';
import { requireDone, showTraining } from './run.ts';

interface ResumeOptions {
  readonly library?: string;
  readonly tensorboard?: string;
  readonly json?: boolean;
}

export function addResume(program: Command): void {
  program
    .command('resume')
    .description(
      'Go on with a paused, stopped, interrupted or failed run, exactly from its last checkpoint, or begin one that waits.',
    )
    .argument('<run>', 'id, unique beginning of an id, or unique name')
    .addOption(libraryOption())
    .addOption(tensorboardOption())
    .addOption(jsonOption())
    .action(resume);
}

async function resume(reference: string, { library: named, tensorboard, json }: ResumeOptions): Promise<void> {
  const library = await openLibrary(libraryFolder(named));
  const { id } = await library.runs.resolve(reference);
  const training = await trainInForeground({
    library: named,
    tensorboard,
    owner: 'the command line (microbatch resume)',
    start: (lab) => goOn(lab, id),
  });
  showTraining(training, json);
  requireDone(training);
}

async function goOn(lab: Lab, run: string): Promise<readonly SpecifiedRun[]> {
  await answerCall(lab.handlers, 'runs.resume', { run });
  const record = await answerCall(lab.handlers, 'runs.get', { run });
  if (hasSpec(record)) return [record];
  throw new MicrobatchError({ code: 'run/wrong-status', message: `run ${run} has no settings to train it with` });
}
