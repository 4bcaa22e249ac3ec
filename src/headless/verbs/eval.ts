import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { describeError, MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import { evaluationSplits, summaryOf } from '../../contracts/evaluations.ts';
import type { EvaluationFigures } from '../../contracts/evaluations.ts';
import { describeIssues } from '../../contracts/parse.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { datasetSpec, modelSpec } from '../../contracts/run-spec.ts';
import type { DatasetSpec, ModelSpec, RunSpec } from '../../contracts/run-spec.ts';
import { specOfWeights } from '../../lab/evaluations.ts';
import { Probes } from '../../lab/probes.ts';
import { findRunOrWeights } from '../../lab/run-or-weights.ts';
import type { RunOrWeights } from '../../lab/run-or-weights.ts';
import type { CheckpointSelector } from '../../library/checkpoints/checkpoint-store.ts';
import type { Library } from '../../library/library.ts';
import { recogniseModel } from '../../library/weights/recognise-model.ts';
import type { WeightsRecord } from '../../library/weights/weights-store.ts';
import { paths } from '../application.ts';
import { changeLibrary } from '../change-library.ts';
import { forkProcessHost } from '../fork-process-host.ts';
import { count, percent } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { left, right, table } from '../table.ts';
import { print, printJson, say } from '../terminal.ts';
import { jsonOption, libraryOption } from '../usage.ts';
import { checkpointOption } from './export.ts';

interface EvalOptions {
  readonly split: EvaluationFigures['split'];
  readonly checkpoint?: CheckpointSelector;
  readonly model?: ModelSpec;
  readonly dataset?: DatasetSpec;
  readonly library?: string;
  readonly json?: boolean;
}
type Net = Parameters<Probes['evaluate']>[0]['net'];

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('Evaluate a checkpoint of a run, or imported weights: loss, accuracy, classes, calibration.')
    .argument('<run>', 'run or imported weights: id, unique beginning of an id, or unique name')
    .addOption(new Option('--split <split>', 'images to evaluate on').choices(evaluationSplits).default('validation'))
    .addOption(checkpointOption())
    .addOption(
      new Option(
        '--model <json>',
        'of imported weights: the model, as in a spec, where the tensors do not tell it',
      ).argParser(readModel),
    )
    .addOption(
      new Option('--dataset <id>', 'of imported weights: the data set, by its id or as in a spec').argParser(
        readDataset,
      ),
    )
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(evaluate);
}

async function evaluate(reference: string, options: EvalOptions): Promise<void> {
  const { split, json } = options;
  const library = await openForReading(options.library);
  const found = await findRunOrWeights(library, reference);
  const { spec, net } =
    found.kind === 'run' ? netOfRun(found.record, library, options) : netOfWeights(found.record, library, options);
  const figures = await new Probes(forkProcessHost, paths.probe).evaluate({
    ...{ spec, net, split },
    resources: paths.resources,
  });
  const { id } = found.record;
  const source = found.kind === 'run' ? { run: id, weights: null } : { run: null, weights: id };
  if (json) printJson({ ...source, ...figures });
  else for (const line of describe(figures)) print(line);
  await keep(found, spec, figures, options.library);
}

/** Keeps the figures with the run or the weights, or says why they are not: they are told already, so that this is no failure. */
async function keep(
  { kind, record: { id } }: RunOrWeights,
  { model, dataset }: RunSpec,
  figures: EvaluationFigures,
  library: string | undefined,
): Promise<void> {
  const options = { library, owner: 'the command line (microbatch eval)' };
  const at = new Date();
  const evaluation = summaryOf(figures, at);
  try {
    if (evaluation !== null) {
      const all = isSmall(figures) ? { figures } : {};
      await changeLibrary(options, (call) => call('runs.keep-evaluation', { run: id, evaluation, ...all }));
    } else {
      const ofWeights = { model, dataset, at: at.toISOString(), figures };
      await changeLibrary(options, (call) => call('weights.keep-evaluation', { weights: id, evaluation: ofWeights }));
    }
  } catch (error) {
    say(`the evaluation is not kept with the ${kind}: ${describeError(toErrorShape(error))}`);
  }
}

/** A confusion matrix of more classes could exceed the size of a request to a host. */
const isSmall = ({ classes }: EvaluationFigures): boolean => classes.length <= 256;

function netOfRun(record: RunRecord, library: Library, options: EvalOptions): { spec: RunSpec; net: Net } {
  if (!hasSpec(record)) {
    throw new MicrobatchError({
      code: 'evaluate/no-weights',
      message: `run ${record.id} was imported from recorded series and has no weights`,
      expected: 'a run that was trained here, or imported weights',
    });
  }
  if (options.model !== undefined || options.dataset !== undefined) {
    throw new MicrobatchError({
      code: 'evaluate/settings-of-run',
      message: `run ${record.id} states its model and its data set in its own spec`,
      expected: '--model and --dataset for imported weights alone',
    });
  }
  const run = library.runs.folder(record.id);
  return { spec: record.spec, net: { from: 'checkpoint', run, checkpoint: options.checkpoint ?? 'last' } };
}

function netOfWeights(record: WeightsRecord, library: Library, options: EvalOptions): { spec: RunSpec; net: Net } {
  const { id } = record;
  const { model = modelOfWeights(record), dataset, checkpoint } = options;
  if (model === null || dataset === undefined || checkpoint !== undefined) {
    const unknown = model === null ? 'neither their model nor their data' : 'not their data';
    throw new MicrobatchError({
      code: 'evaluate/weights-alone',
      message: `${id} are imported weights: they say ${unknown}, and have no checkpoints`,
      expected: `${model === null ? '--model and ' : ''}--dataset, and no --checkpoint`,
      remedy: `for example ${model === null ? `--model '{"kind": "resnet18"}' ` : ''}--dataset cifar10`,
    });
  }
  const spec = specOfWeights({ weights: id, model, dataset });
  return { spec, net: { from: 'initialWeights', library: library.folder } };
}

/** The one whose tensors they are, by names and shapes. */
function modelOfWeights({ tensors }: WeightsRecord): ModelSpec | null {
  const recognised = recogniseModel(new Map(tensors.map((tensor) => [tensor.name, tensor])));
  return recognised?.differences.length === 0 ? recognised.model : null;
}

function readModel(text: string): ModelSpec {
  const read = modelSpec.safeParse(jsonOf(text));
  if (read.success) return read.data;
  throw new InvalidArgumentError(`Expected a model as in a spec: ${describeIssues(read.error)}.`);
}

/** An id, or a data set as in a spec. */
function readDataset(text: string): DatasetSpec {
  const read = datasetSpec.safeParse(text.startsWith('{') ? jsonOf(text) : { id: text });
  if (read.success) return read.data;
  throw new InvalidArgumentError(`Expected an id, or a data set as in a spec: ${describeIssues(read.error)}.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('Expected JSON.');
  }
}

function describe({
  checkpoint,
  split,
  executor,
  loss,
  accuracy,
  top5,
  n,
  classes,
  calibration,
}: EvaluationFigures): string[] {
  return [
    `${checkpoint === null ? 'imported weights' : `step ${count(checkpoint)}`}, ${split}: accuracy ${percent(accuracy)}, top 5 ${percent(top5)}, loss ${loss.toPrecision(4)}, calibration error ${percent(calibration.error)}, ${count(n)} images${executor === undefined ? '' : `, on ${executor}`}`,
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
