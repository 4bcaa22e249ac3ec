import type { Certificate } from '../../contracts/certificate.ts';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { SpecifiedRun } from '../../contracts/run-record.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import type { LoadedCheckpoint } from '../../library/checkpoints/checkpoint-store.ts';
import type { ProcessHost } from '../process-host.ts';
import { RunnerClient } from '../runner-client.ts';
import type { RunnerPatience } from '../runner-client.ts';
import { datasetsFolder, runtimesFolder } from '../user-folders.ts';

/** What a training process needs. */
export interface ReplayMeans {
  readonly processHost: ProcessHost;
  readonly runnerEntry: string;
  readonly resources: string;
  readonly patience?: RunnerPatience | undefined;
}

export interface ReplayOutcome {
  /** Null where the steps could not be taken. */
  readonly replay: Certificate['replay'];
  readonly problem: ErrorShape | null;
  /** What the replay was made with; null where it did not start. */
  readonly execution: LoadedCheckpoint['execution'] | null;
  readonly sameData: boolean;
}

interface ReplayPlace {
  /** The run's own folder, and an empty one in the same library for the replay. */
  readonly folder: string;
  readonly scratch: string;
  readonly from: number;
  readonly to: number;
}

/** Takes the steps of a run from one state to another again, in a process of its own. Never rejects. */
export async function replaySteps(
  record: SpecifiedRun,
  place: ReplayPlace,
  means: ReplayMeans,
): Promise<ReplayOutcome> {
  const { folder, scratch, from, to } = place;
  const begin = performance.now();
  let execution: ReplayOutcome['execution'] = null;
  let sameData = true;
  try {
    if (from > 0) await copyCheckpoint(folder, scratch, from);
    const client = new RunnerClient({
      processHost: means.processHost,
      entry: means.runnerEntry,
      start: {
        type: 'start',
        run: record.id,
        spec: replaySpec(record, to),
        folder: scratch,
        resources: means.resources,
        datasets: datasetsFolder(),
        runtimes: runtimesFolder(),
        ...(record.parent === undefined ? {} : { parent: record.parent }),
      },
      onStarted: ({ resolved, dataHash }) => {
        execution = resolved;
        sameData = record.provenance.dataHash === null || record.provenance.dataHash === dataHash;
      },
      onProgress: () => undefined,
      onCheckpoint: () => undefined,
      ...(means.patience === undefined ? {} : { patience: means.patience }),
    });
    const end = await client.ended;
    if (end.type !== 'finished') throw new MicrobatchError(end.error);
    const [saved, replayed] = [
      await new CheckpointStore(folder).stateHash(to),
      await new CheckpointStore(scratch).stateHash(to),
    ];
    const seconds = (performance.now() - begin) / 1000;
    return {
      replay: { from, to, saved, replayed, equal: saved === replayed, seconds },
      problem: null,
      execution,
      sameData,
    };
  } catch (error) {
    return { replay: null, problem: toErrorShape(error), execution, sameData };
  }
}

async function copyCheckpoint(folder: string, scratch: string, step: number): Promise<void> {
  const { state, ...context } = await new CheckpointStore(folder).load(step);
  const { reasons, seconds, validation, best, execution } = context;
  await new CheckpointStore(scratch).write(state, { reasons, seconds, validation, best, execution });
}

/** The same training without what only watches it, to an earlier end. */
function replaySpec({ spec, resolved }: SpecifiedRun, steps: number): RunSpec {
  const learningRate = resolved?.learningRate ?? spec.learningRate;
  return {
    ...spec,
    steps,
    learningRate,
    evaluateEvery: 1_000_000,
    stopWhen: undefined,
    instruments: undefined,
    checkpoints: { keepBest: false },
  };
}
