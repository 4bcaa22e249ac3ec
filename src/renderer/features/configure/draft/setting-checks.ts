import type { DatasetDescription } from '../../../../contracts/datasets.ts';
import { formatCount } from '../../../format/numbers.ts';
import { plural } from '../../../format/words.ts';
import { isJsonList, sameJson, valueAt } from '../fields/json.ts';
import type { Json, JsonObject, Path } from '../fields/json.ts';
import { hasSetting, methodOf } from './draft.ts';
import { leaveOut, use, wordOf } from './findings.ts';
import type { Finding, Remedy } from './findings.ts';

/** What is known of the machine and its data when a spec is checked. */
export interface Surroundings {
  readonly datasets: readonly DatasetDescription[];
  readonly cores: number | null;
  /** Specs of presets. */
  readonly examples: readonly JsonObject[];
}

/**
 * What a valid spec may still have against it, and what the schema cannot know: the data's size, the machine's cores.
 * One document without sweeps.
 */
export function checkSettings(document: JsonObject, surroundings: Surroundings): Finding[] {
  return [
    ...checkData(document, surroundings),
    ...checkBatch(document, surroundings),
    ...checkPenalty(document),
    ...checkPeriods(document),
    ...checkThreads(document, surroundings),
  ];
}

function checkData(document: JsonObject, { datasets }: Surroundings): Finding[] {
  const id = valueAt(document, ['dataset', 'id']);
  if (typeof id !== 'string' || id === '' || datasets.length === 0) return [];
  const dataset = datasets.find((candidate) => candidate.id === id);
  if (dataset === undefined) {
    const path = ['dataset', 'id'];
    const remedies = datasets.slice(0, 2).map((known) => use(path, known.id));
    return [error(path, `There is no data set ${id} here.`, '', remedies)];
  }
  const findings: Finding[] = [];
  const trainSize = numberAt(document, ['dataset', 'trainSize']);
  if (trainSize !== null && trainSize > dataset.trainImages) {
    const path = ['dataset', 'trainSize'];
    const lead = `${dataset.label} has ${formatCount(dataset.trainImages)} training images.`;
    findings.push(error(path, lead, '', [use(path, dataset.trainImages), leaveOut(path)]));
  }
  const resize = numberAt(document, ['dataset', 'resize']);
  const side = Math.min(dataset.imageShape[1], dataset.imageShape[2]);
  if (resize !== null && resize > side) {
    const path = ['dataset', 'resize'];
    const lead = `Images of ${dataset.label} are ${formatCount(side)} pixels a side.`;
    findings.push(error(path, lead, 'Resizing averages pixels, so it only makes images smaller.', [leaveOut(path)]));
  }
  return findings;
}

function checkBatch(document: JsonObject, { datasets }: Surroundings): Finding[] {
  const batch = numberAt(document, ['batchSize']);
  const images = trainingImages(document, datasets);
  if (batch === null) return [];
  if (images !== null && batch > images) {
    const lead = `There are only ${plural(images, 'training image')}.`;
    return [error(['batchSize'], lead, 'A step takes each image once at most.', [use(['batchSize'], images)])];
  }
  const micro = hasSetting(methodOf(document), 'microBatchSize') ? numberAt(document, ['microBatchSize']) : null;
  return micro === null ? [] : checkMicroBatch(batch, micro, images);
}

/** methods-spec 1.5, trap 3: a step takes n = ceil(B / m) whole micro-batches, so B is rounded up to a multiple of m. */
function checkMicroBatch(batch: number, micro: number, images: number | null): Finding[] {
  if (micro > batch || micro < 1 || batch % micro === 0) return [];
  const count = Math.ceil(batch / micro);
  const remedies = nearestDivisors(batch, micro).map((size) => use(['microBatchSize'], size));
  const lead = `${formatCount(batch)} is not a multiple of ${formatCount(micro)}.`;
  const isWholeEpoch = images !== null && count * micro > images;
  const detail = isWholeEpoch
    ? `The last micro-batch of a step has ${plural(images % micro, 'image')} and weighs as much as a full one.`
    : `Each step would average ${plural(count, 'micro-batch', 'micro-batches')}, ${plural(count * micro, 'image')}.`;
  const finding: Finding = { severity: 'warning', path: ['batchSize'], lead, detail, remedies };
  // The micro-batch is marked as well; what to do stands once, beside the batch.
  return [finding, { severity: 'warning', path: ['microBatchSize'], lead: '', detail: '', remedies: [] }];
}

/** The divisors of the batch next to a micro-batch size that does not divide it: the next smaller and the next larger. */
export function nearestDivisors(batch: number, micro: number): number[] {
  let below = micro;
  while (below > 1 && batch % below !== 0) below -= 1;
  let above = micro;
  while (above < batch && batch % above !== 0) above += 1;
  // A divisor far away is no remedy but another experiment.
  return [...new Set([below, above])].filter((size) => size >= micro / 2 && size <= micro * 2);
}

function checkPenalty(document: JsonObject): Finding[] {
  const method = methodOf(document);
  const isZero = document['lambda'] === 0 && method?.family === 'penalty';
  if (!isZero) return [];
  const detail = `The penalty is computed and has no effect: the run equals large batch at ${String(method.gradientsPerMicroBatch)} times its cost.`;
  const remedies: Remedy[] = [
    {
      label: 'Choose large batch',
      changes: [
        { path: ['method'], value: 'large-batch' },
        { path: ['lambda'], value: undefined },
      ],
    },
  ];
  return [{ severity: 'warning', path: ['lambda'], lead: 'λ is 0.', detail, remedies }];
}

function checkPeriods(document: JsonObject): Finding[] {
  const steps = numberAt(document, ['steps']);
  if (steps === null) return [];
  const late = (name: string, what: string): Finding[] => {
    const period = numberAt(document, [name]);
    if (period === null || period <= steps || steps <= 1) return [];
    const lead = `The run has only ${plural(steps, 'step')}.`;
    return [
      {
        severity: 'warning',
        path: [name],
        lead,
        detail: what,
        remedies: [use([name], Math.max(1, Math.floor(steps / 20)))],
      },
    ];
  };
  return [
    ...late('logEvery', 'Its curves will have no points between the first step and the last.'),
    ...late('evaluateEvery', 'It is evaluated once, after the last step.'),
  ];
}

function checkThreads(document: JsonObject, { cores }: Surroundings): Finding[] {
  const threads = numberAt(document, ['threads']);
  if (threads === null || cores === null || threads <= cores) return [];
  const lead = `This machine has ${plural(cores, 'core')}.`;
  const detail = 'More threads than cores only wait for each other.';
  return [{ severity: 'warning', path: ['threads'], lead, detail, remedies: [use(['threads'], cores)] }];
}

/** A remedy for a setting that its method needs: what an example of the method has. */
export function fromExamples(finding: Finding, document: JsonObject, examples: readonly JsonObject[]): Finding {
  if (finding.severity === 'warning' || finding.remedies.length > 0) return finding;
  if (valueAt(document, finding.path) !== undefined) return finding;
  const method = methodOf(document);
  const values = examples
    .filter((example) => methodOf(example)?.id === method?.id)
    .map((example) => valueAt(example, finding.path))
    .filter((value) => value !== undefined);
  const distinct = values.filter((value, index) => values.findIndex((other) => sameJson(other, value)) === index);
  const remedies = distinct
    .slice(0, 2)
    .map((value) => ({ ...use(finding.path, value), label: `Use ${wordOf(value)} as in the preset` }));
  return { ...finding, remedies };
}

/** A number that a document has at a path; null where it has none, or something else. */
export function numberAt(document: JsonObject, path: Path): number | null {
  const value = valueAt(document, path);
  return typeof value === 'number' ? value : null;
}

/** Images that a document trains on; null while its data set is not known. */
export function trainingImages(document: JsonObject, datasets: readonly DatasetDescription[]): number | null {
  const id: Json | undefined = valueAt(document, ['dataset', 'id']);
  const size = valueAt(document, ['dataset', 'trainSize']);
  if (isJsonList(size)) return null;
  return typeof size === 'number' ? size : (datasets.find((dataset) => dataset.id === id)?.trainImages ?? null);
}

function error(path: Path, lead: string, detail: string, remedies: readonly Remedy[]): Finding {
  return { severity: 'error', path, lead, detail, remedies };
}
