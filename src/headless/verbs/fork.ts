import type { Command } from 'commander';
import { answerCall } from '../../contracts/calls.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import { runSpec } from '../../contracts/run-spec.ts';
import { assign } from '../../contracts/spec-path.ts';
import type { Assignment } from '../../contracts/spec-path.ts';
import { openForReading } from '../open-lab.ts';
import { parseAssignment } from '../set-path.ts';
import { trainInForeground } from '../train.ts';
import { jsonOption, libraryOption, tensorboardOption, wholeNumber } from '../usage.ts';
import { requireDone, showTraining } from './run.ts';

interface ForkOptions {
  readonly at: number;
  readonly set?: readonly Assignment[];
  readonly name?: string;
  readonly tensorboard?: string;
  readonly library?: string;
  readonly json?: boolean;
}

export function addFork(program: Command): void {
  program
    .command('fork')
    .description('Train a new run that begins with a checkpoint of another one, under changed settings.')
    .argument('<run>', 'id, unique beginning of an id, or unique name')
    .requiredOption(
      '--at <step>',
      'step of the checkpoint; `checkpoints list RUN` shows them',
      wholeNumber(1, 100_000_000),
    )
    .option('--set <path=value>', 'change a field, such as learningRate=0.01; null leaves it out', parseAssignment)
    .option('--name <text>', 'name of the fork')
    .addOption(libraryOption())
    .addOption(tensorboardOption())
    .addOption(jsonOption())
    .action(fork);
}

async function fork(reference: string, options: ForkOptions): Promise<void> {
  const { at: step, set = [], name, library, tensorboard, json } = options;
  const parent = await (await openForReading(library)).runs.resolve(reference);
  if (!hasSpec(parent)) {
    throw new MicrobatchError({
      code: 'run/wrong-status',
      message: `run ${parent.id} was imported without settings and cannot be forked`,
      expected: 'a run that this application has trained',
    });
  }
  const spec = parseOrThrow(runSpec, set.reduce<unknown>(assign, parent.spec), {
    code: 'spec/invalid',
    what: `the settings of ${parent.id} with these changes`,
  });
  const request = { run: parent.id, step, spec, ...(name === undefined ? {} : { name }) };
  const training = await trainInForeground({
    library,
    tensorboard,
    owner: 'the command line (microbatch fork)',
    start: async (lab) => [await answerCall(lab.handlers, 'runs.fork', request)],
  });
  showTraining(training, json);
  requireDone(training);
}
