import type { Command } from 'commander';
import { executorNames } from '../contracts/run-spec.ts';
import type { RepeatedRun } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { parseAssignment } from './set-path.ts';
import type { Assignment } from '../contracts/spec-path.ts';
import { readSpec } from './spec-input.ts';
import { wholeNumbers } from './usage.ts';

/** What verbs that make runs take to know which. */
export interface SpecOptions {
  readonly preset?: string;
  readonly spec?: string;
  readonly set?: readonly Assignment[];
  readonly seeds?: readonly number[];
  readonly executor?: string;
  readonly name?: string;
}

export function withSpecOptions(command: Command): Command {
  return command
    .option('--preset <name>', 'start from a preset; an unknown name lists them all')
    .option('--spec <file>', 'start from a JSON file: a run spec, or a run.json')
    .option('--set <path=value>', 'change a field, such as model.widths=[8,8]; null leaves it out', parseAssignment)
    .option('--seeds <list>', "seeds, as 1,2,3 or 1-5 (default: the spec's)", wholeNumbers(0, 2 ** 32 - 1))
    .option('--executor <name>', `executor to train on: ${executorNames.join(', ')}`)
    .option('--name <text>', 'name of the run; with several seeds each adds its own');
}

export interface WantedRuns {
  readonly spec: RunSpec;
  readonly repeats?: RepeatedRun;
  readonly seeds: number[];
  readonly name?: string;
}

/** The runs that a command line asks for. Ends the command as wrong usage without exactly one source. */
export async function wantedRuns(options: SpecOptions, command: Command): Promise<WantedRuns> {
  const source = sourceOf(options);
  if (source === null) {
    return command.error('one of --preset and --spec is needed, and only one', { code: 'conflicting-option' });
  }
  const read = await readSpec({ source, set: options.set ?? [], executor: options.executor });
  const seeds = [...(options.seeds ?? [read.spec.seed])];
  return { ...read, seeds, ...(options.name === undefined ? {} : { name: options.name }) };
}

function sourceOf({ preset, spec }: SpecOptions): { preset: string } | { file: string } | null {
  if (preset !== undefined && spec === undefined) return { preset };
  if (spec !== undefined && preset === undefined) return { file: spec };
  return null;
}
