import { Option } from 'commander';
import type { Command } from 'commander';
import { MicrobatchError } from '../../contracts/errors.ts';
import { evaluationSplits } from '../../contracts/evaluations.ts';
import type { EvaluationFigures } from '../../contracts/evaluations.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import { Probes } from '../../lab/probes.ts';
import type { CheckpointSelector } from '../../library/checkpoints/checkpoint-store.ts';
import { paths } from '../application.ts';
import { forkProcessHost } from '../fork-process-host.ts';
import { count, percent } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { left, right, table } from '../table.ts';
import { print, printJson } from '../terminal.ts';
import { jsonOption, libraryOption } from '../usage.ts';
import { checkpointOption } from './export.ts';

interface EvalOptions {
  readonly split: EvaluationFigures['split'];
  readonly checkpoint?: CheckpointSelector;
  readonly library?: string;
  readonly json?: boolean;
}

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('Evaluate a checkpoint of a run: loss, accuracy, classes, calibration.')
    .argument('<run>', 'id, unique beginning of an id, or unique name')
    .addOption(new Option('--split <split>', 'images to evaluate on').choices(evaluationSplits).default('validation'))
    .addOption(checkpointOption())
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(evaluate);
}

async function evaluate(reference: string, { split, checkpoint, library: named, json }: EvalOptions): Promise<void> {
  const library = await openForReading(named);
  const record = await library.runs.resolve(reference);
  if (!hasSpec(record)) {
    throw new MicrobatchError({
      code: 'evaluate/no-weights',
      message: `run ${record.id} was imported from recorded series and has no weights`,
      expected: 'a run that was trained here',
    });
  }
  const figures = await new Probes(forkProcessHost, paths.probe).evaluate({
    spec: record.spec,
    run: library.runs.folder(record.id),
    checkpoint: checkpoint ?? 'last',
    split,
    resources: paths.resources,
  });
  if (json) printJson({ run: record.id, ...figures });
  else for (const line of describe(figures)) print(line);
}

function describe({ checkpoint, split, loss, accuracy, top5, n, classes, calibration }: EvaluationFigures): string[] {
  return [
    `step ${count(checkpoint)}, ${split}: accuracy ${percent(accuracy)}, top 5 ${percent(top5)}, loss ${loss.toPrecision(4)}, calibration error ${percent(calibration.error)}, ${count(n)} images`,
    '',
    ...table(
      [left('class'), right('images'), right('correct')],
      classes.map(({ name, n: images, correct }) => [
        name,
        count(images),
        images === 0 ? '–' : percent(correct / images),
      ]),
    ),
  ];
}
