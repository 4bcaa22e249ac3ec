import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { certificate } from '../../contracts/certificate.ts';
import type { Certificate } from '../../contracts/certificate.ts';
import { toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { SpecifiedRun } from '../../contracts/run-record.ts';
import { hashFiles, hashMetrics, readCertificate, writeCertificate } from '../../library/certificate-file.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import type { LoadedCheckpoint } from '../../library/checkpoints/checkpoint-store.ts';
import { writeError } from '../../library/write-error.ts';
import { replaySteps } from './replay.ts';
import type { ReplayMeans, ReplayOutcome } from './replay.ts';

type Execution = LoadedCheckpoint['execution'];

/** Two states of a run, the later one with its execution; `from` is 0 for the run's own beginning. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly execution: Execution;
}

export interface VerifyOptions extends ReplayMeans {
  readonly record: SpecifiedRun;
  readonly folder: string;
  readonly app: string;
}

/**
 * Checks every file of a run, takes the steps between two of its checkpoints again in a training process of its own, and
 * compares the states byte for byte. What came of it is kept in the run's folder. Throws `library/...` where it cannot be.
 */
export async function verifyRun(options: VerifyOptions): Promise<Certificate> {
  const { record, folder, app } = options;
  const before = await readCertificate(folder);
  const files = await hashFiles(folder);
  const checkpoints = await checkCheckpoints(folder);
  const { metrics, problem } = checkMetrics(folder, record, before);
  const damaged = [...checkpoints.damaged, ...(problem === null ? [] : [problem])];
  const span = shortestSpan(checkpoints.sound, record);
  const outcome = span === null ? null : await replayInScratch(options, span);
  const notes = notesOn(record, span, outcome);
  const made = certificate.parse({
    schema: 1,
    run: record.id,
    at: new Date().toISOString(),
    runEndedAt: record.endedAt,
    app,
    outcome: damaged.length > 0 ? 'failed' : judge(span, outcome),
    notes,
    execution: span?.execution ?? null,
    metrics,
    files,
    damaged,
    replay: outcome?.replay ?? null,
  } satisfies Certificate);
  await writeCertificate(folder, made);
  return made;
}

interface SoundCheckpoint {
  readonly step: number;
  readonly execution: Execution;
}

/** Reads every tensor of every checkpoint, one checkpoint at a time. */
async function checkCheckpoints(folder: string): Promise<{ sound: SoundCheckpoint[]; damaged: ErrorShape[] }> {
  const store = new CheckpointStore(folder);
  const { checkpoints, damaged } = await store.survey();
  const sound: SoundCheckpoint[] = [];
  for (const { step } of checkpoints) {
    try {
      const { execution } = await store.load(step);
      sound.push({ step, execution });
    } catch (error) {
      damaged.push(toErrorShape(error));
    }
  }
  return { sound, damaged };
}

/** The recorded points, also against an earlier certificate where the run has not been trained since. */
function checkMetrics(
  folder: string,
  { endedAt, id }: SpecifiedRun,
  before: Certificate | null,
): { metrics: string | null; problem: ErrorShape | null } {
  try {
    const metrics = hashMetrics(join(folder, 'metrics.sqlite'));
    const certified = before !== null && isOfEnd(before, endedAt) ? before.metrics : null;
    if (certified === null || certified === metrics) return { metrics, problem: null };
    const problem: ErrorShape = {
      code: 'verify/metrics-changed',
      message: `the recorded series of run ${id} are not those that were certified before`,
      expected: `SHA-256 ${certified}`,
      remedy: 'bring metrics.sqlite back from a copy',
    };
    return { metrics, problem };
  } catch (error) {
    return { metrics: null, problem: toErrorShape(error) };
  }
}

/** Whether the run has not been trained since it was certified. */
function isOfEnd({ at, runEndedAt }: Certificate, endedAt: string | null): boolean {
  if (endedAt === null) return false;
  return runEndedAt === undefined ? at >= endedAt : runEndedAt === endedAt;
}

/** The fewest steps between two states that one and the same executor has made; the latest of equal ones. */
function shortestSpan(sound: readonly SoundCheckpoint[], { parent }: SpecifiedRun): Span | null {
  const spans = sound.flatMap(({ step, execution }, index): Span[] => {
    const earlier = sound[index - 1];
    if (earlier === undefined) return parent === undefined ? [{ from: 0, to: step, execution }] : [];
    return sameExecution(earlier.execution, execution) ? [{ from: earlier.step, to: step, execution }] : [];
  });
  const length = ({ from, to }: Span): number => to - from;
  return spans.toReversed().toSorted((left, right) => length(left) - length(right))[0] ?? null;
}

/** Trains beside the run, in a folder of the library that its next host removes should this one die. */
async function replayInScratch({ record, folder, ...means }: VerifyOptions, span: Span): Promise<ReplayOutcome> {
  const scratch = join(dirname(folder), `.${record.id}-verify.new`);
  try {
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch);
  } catch (cause) {
    throw writeError(scratch, cause);
  }
  try {
    return await replaySteps(record, { folder, scratch, ...span }, means);
  } finally {
    await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
  }
}

function judge(span: Span | null, outcome: ReplayOutcome | null): Certificate['outcome'] {
  if (span === null || outcome === null || outcome.replay === null) return 'not-comparable';
  if (outcome.replay.equal) return 'verified';
  const promised = span.execution.deterministic && sameExecution(span.execution, outcome.execution) && outcome.sameData;
  return promised ? 'failed' : 'not-comparable';
}

function notesOn({ id }: SpecifiedRun, span: Span | null, outcome: ReplayOutcome | null): string[] {
  if (span === null || outcome === null) {
    return [`run ${id} has no two states to replay between: nothing but its files was checked`];
  }
  const { executor, device, version, deterministic } = span.execution;
  const notes: string[] = [];
  if (outcome.problem !== null) notes.push(`the steps could not be taken again: ${outcome.problem.message}`);
  if (!deterministic)
    notes.push(`${executor} on ${device} does not give the same bytes twice, and does not promise to`);
  if (outcome.execution !== null && !sameExecution(span.execution, outcome.execution)) {
    const now = outcome.execution;
    notes.push(
      `the run was trained by ${executor} ${version} (${device}), the replay by ${now.executor} ${now.version} (${now.device})`,
    );
  }
  if (!outcome.sameData) notes.push('the data set is not the one that the run was trained on');
  return notes;
}

function sameExecution(left: Execution, right: Execution | null): boolean {
  return left.executor === right?.executor && left.device === right.device && left.version === right.version;
}
