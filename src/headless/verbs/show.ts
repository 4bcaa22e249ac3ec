import type { Command } from 'commander';
import type { Certificate } from '../../contracts/certificate.ts';
import { withoutControlCharacters } from '../../contracts/control-characters.ts';
import { describeError } from '../../contracts/errors.ts';
import type { KeptEvaluation } from '../../contracts/evaluations.ts';
import { stopRuleText } from '../../contracts/stop-rule.ts';
import { learningRateText, methodTexts } from '../../contracts/method-texts.ts';
import { provenanceTexts } from '../../contracts/provenance-texts.ts';
import { methodDescription } from '../../contracts/methods.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { microBatchCount, microBatchSizeOf } from '../../contracts/run-spec.ts';
import type { ModelSpec, RunSpec } from '../../contracts/run-spec.ts';
import { seriesDescription } from '../../contracts/series.ts';
import { readCertificate } from '../../library/certificate-file.ts';
import { readEvaluations } from '../../library/evaluations-file.ts';
import { certificateText } from '../certificate-lines.ts';
import { count, counted, duration, figure, moment, percent } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { shownRun, withProgress } from '../shown-run.ts';
import { bold, printAll, printJson } from '../terminal.ts';
import { jsonOption, libraryOption } from '../usage.ts';

interface ShowOptions {
  readonly library?: string;
  readonly json?: boolean;
}

export function addShow(program: Command): void {
  program
    .command('show')
    .description('Show one run: its settings, how it went and what it recorded last.')
    .argument('<run>', 'id, unique beginning of an id, or unique name')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(show);
}

async function show(reference: string, { library: named, json }: ShowOptions): Promise<void> {
  const library = await openForReading(named);
  const record = withProgress(library, await library.runs.resolve(reference));
  if (json) printJson(shownRun(record));
  else {
    const folder = library.runs.folder(record.id);
    const kept = { certificate: await readCertificate(folder), evaluations: await readEvaluations(folder) };
    await printAll(describe(record, folder, kept));
  }
}

type Row = readonly [title: string, text: string];

interface Kept {
  readonly certificate: Certificate | null;
  readonly evaluations: readonly KeptEvaluation[];
}

function describe(record: RunRecord, folder: string, { certificate, evaluations }: Kept): string[] {
  const rows: readonly Row[] = [
    ...outcomeRows(record),
    ...(certificate === null ? [] : [['certificate', certificateText(certificate)] satisfies Row]),
    ...evaluations.slice(-shownEvaluations).map((each): Row => ['evaluated', evaluationText(each)]),
    ...originRows(record),
    ...(record.spec === null ? [] : settingRows(record.spec)),
    ...provenanceTexts(record).map(({ name, value }): Row => [name.toLowerCase(), value]),
    ['folder', folder],
  ];
  const width = Math.max(...rows.map(([title]) => title.length));
  return [
    bold(withoutControlCharacters(record.name)),
    ...rows.map(([title, text]) => `  ${title.padEnd(width)}  ${withoutControlCharacters(text)}`),
    ...finalLines(record),
    ...historyLines(record),
  ];
}

function outcomeRows(record: RunRecord): Row[] {
  const { id, status, error, step, spec, best, seconds, createdAt, endedAt, resolved, parent } = record;
  return [
    ['run', id],
    ['status', status],
    ...(error === null ? [] : [['reason', describeError(error)] satisfies Row]),
    ['step', spec === null ? count(step) : `${count(step)} of ${count(spec.steps)}`],
    [
      'best accuracy',
      best === null ? '–' : `${percent(best['validation/accuracy'])} at step ${count(best.step)} (validation images)`,
    ],
    ...(parent === undefined ? [] : [['fork of', `${parent.run} at step ${count(parent.step)}`] satisfies Row]),
    ['time', duration(seconds)],
    ['created', moment(createdAt)],
    ...(endedAt === null ? [] : [['ended', moment(endedAt)] satisfies Row]),
    ...(resolved === null ? [] : [['parameters', count(resolved.parameters)] satisfies Row]),
  ];
}

/** The newest evaluations that are shown; the run's evaluations.json has all. */
const shownEvaluations = 10;

function evaluationText({ checkpoint, split, accuracy, loss, n, at }: KeptEvaluation): string {
  return `step ${count(checkpoint)}, ${split}: accuracy ${percent(accuracy)}, loss ${loss.toPrecision(4)}, ${counted(n, 'image')} (${moment(at)})`;
}

/** Where an imported run comes from, and what its file states where that makes no spec. */
function originRows({ origin, spec }: RunRecord): Row[] {
  if (origin === undefined) return [];
  const { tool, file, part, sha256, importedAt, settings, renamed, notes } = origin;
  const stated = spec === null ? Object.entries(settings).slice(0, shownSettings) : [];
  return [
    ['imported', `${moment(importedAt)} from ${file}${part === null ? '' : `, ${part}`} (${tool})`],
    ['sha256', sha256],
    ...stated.map(([name, value]): Row => [name, String(value)]),
    ...renamed.map(({ column, series, scale }): Row => ['series', renamedText(column, series, scale)]),
    ...notes.map((note): Row => ['note', note]),
  ];
}

/** Of what a file states, this much is shown; --json has all. */
const shownSettings = 30;

function renamedText(column: string, series: string, scale: number): string {
  return `${series} is ${column}${scale === 1 ? '' : ` times ${String(scale)}`} in the file`;
}

function settingRows(spec: RunSpec): Row[] {
  const { trainSize, resize, id } = spec.dataset;
  const images = trainSize === undefined ? 'all training images' : `first ${counted(trainSize, 'training image')}`;
  return [
    ['method', `${methodDescription(spec.method).label} (${spec.method})`],
    ['model', modelText(spec.model)],
    ['data', `${id}, ${images}${resize === undefined ? '' : `, ${String(resize)} x ${String(resize)} pixels`}`],
    [
      'batch',
      spec.method === 'small-batch'
        ? counted(spec.batchSize, 'image')
        : `${counted(spec.batchSize, 'image')} in ${String(microBatchCount(spec))} micro-batches of ${count(microBatchSizeOf(spec))}`,
    ],
    ['learning rate', learningRateText(spec.learningRate, figureOf)],
    ...(spec.lambda === undefined ? [] : [['lambda', figureOf(spec.lambda)] satisfies Row]),
    ...methodTexts(spec).map(({ name, value }): Row => [name.toLowerCase(), value]),
    ...(spec.stopWhen === undefined ? [] : [['stops at', stopRuleText(spec.stopWhen)] satisfies Row]),
    ...(spec.initialWeights === undefined
      ? []
      : [['begins with', `weights ${spec.initialWeights.weights}`] satisfies Row]),
    ['seed', String(spec.seed)],
  ];
}

function modelText(model: ModelSpec): string {
  if ('width' in model) return `${model.kind}, width ${String(model.width)}`;
  const widths = model.widths.map(String).join('-');
  return `${model.kind} ${widths}${model.kind === 'convnet' && model.batchNorm ? ', batch norm' : ''}`;
}

/** A setting as it was given, not rounded. */
const figureOf = (value: number): string => String(value);

function finalLines({ final }: RunRecord): string[] {
  const names = Object.keys(final).toSorted();
  if (names.length === 0) return ['', 'Nothing was recorded yet.'];
  const width = Math.max(...names.map((name) => name.length));
  return [
    '',
    bold('last recorded values'),
    ...names.map((name) => `  ${name.padEnd(width)}  ${seriesText(name, final[name] ?? Number.NaN)}`),
  ];
}

function historyLines({ history }: RunRecord): string[] {
  const lines = history.slice(-shownHistory).map(({ at, event, step, reason }) => {
    const where = step === undefined ? '' : ` at step ${count(step)}`;
    const why = reason === undefined ? '' : `: ${withoutControlCharacters(reason)}`;
    return `  ${moment(at)}  ${event}${where}${why}`;
  });
  return ['', bold('history'), ...lines];
}

/** Of what happened to a run, this much is shown; --json has all. */
const shownHistory = 20;

function seriesText(name: string, value: number): string {
  const { unit } = seriesDescription(name);
  if (unit === '%') return percent(value).padStart(12);
  const text = Number.isInteger(value) ? count(value) : figure(value);
  return `${text.padStart(10)} ${unit}`.trimEnd();
}
