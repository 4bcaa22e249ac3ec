import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { ApiEmit, ApiEvent, ApiEventName } from '../contracts/api.ts';
import { describeError, MicrobatchError } from '../contracts/errors.ts';
import { hasSpec } from '../contracts/run-record.ts';
import type { SpecifiedRun } from '../contracts/run-record.ts';
import { LiveTensorboard } from '../lab/exports/live-tensorboard.ts';
import type { Lab } from '../lab/lab.ts';
import { isFinished } from '../lab/run-status.ts';
import { libraryFolder } from '../lab/user-folders.ts';
import { counted } from './format.ts';
import { connectToHost } from './host-bridge.ts';
import { interrupted } from './interrupt.ts';
import { openLab } from './open-lab.ts';
import { TrainingDisplay } from './training-display.ts';

export interface Training {
  /** The runs as they ended, in the order of their creation. */
  readonly records: readonly SpecifiedRun[];
  /** Absolute path of the library. */
  readonly library: string;
  /** Whether Ctrl-C ended them. */
  readonly interrupted: boolean;
  /** Wall time. */
  readonly seconds: number;
}

export interface TrainingOptions {
  readonly library: string | undefined;
  /** Who trains, in words, for another host that finds the library taken. */
  readonly owner: string;
  /** Which queued runs are trained; those that `start` creates unless given. */
  readonly trains?: 'queue' | 'created';
  /** Folder that TensorBoard follows; undefined for none. */
  readonly tensorboard?: string | undefined;
  /** Creates the runs, or names those that wait. */
  readonly start: (lab: Lab) => Promise<readonly SpecifiedRun[]>;
}

/**
 * Trains runs in the foreground, as many side by side as there are cores, and shows them on stderr. The first Ctrl-C
 * pauses them with a checkpoint, the second kills their processes. Resolves when every run has ended, however it ended.
 */
export async function trainInForeground(options: TrainingOptions): Promise<Training> {
  const begin = performance.now();
  const display = new TrainingDisplay();
  let check: () => void = () => undefined;
  const live =
    options.tensorboard === undefined
      ? null
      : await LiveTensorboard.open(resolve(options.tensorboard), (error) => display.note(describeError(error)));
  const { lab, library, killAll } = await openLab({
    library: options.library,
    owner: options.owner,
    write: true,
    trains: options.trains ?? 'created',
    onProblem: (error) => {
      display.note(describeError(error));
      check();
    },
  }).catch(async (error: unknown) => {
    throw await withWayThrough(error, options.library);
  });
  const interrupt = interrupted(() => {
    display.note('Killed.');
    killAll();
  });
  lab.subscribe(showOn(display));
  if (live !== null) lab.subscribe(live.listener);
  lab.subscribe(() => check());
  try {
    const created = await options.start(lab);
    display.begin(created, availableParallelism());
    void expectTimes(lab, created, display);
    const records = async (): Promise<SpecifiedRun[]> => {
      const now = await Promise.all(created.map(({ id }) => lab.handlers['runs.get']({ run: id })));
      return now.filter(hasSpec);
    };
    const ended = new Promise<void>((settle) => {
      check = () => {
        // Once the next one had its turn. A run whose record could not be written never ends; it has no process.
        setImmediate(() => {
          void records().then((now) => {
            if (now.every(isFinished) || lab.runningCount() === 0) settle();
          });
        });
      };
      check();
    });
    const stopping = interrupt.first.then(() => {
      display.note(
        `Pausing ${counted(lab.runningCount(), 'run')} with a checkpoint; what they recorded is kept. Ctrl-C again kills them.`,
      );
      return lab.close({ withdraw: true });
    });
    await Promise.race([ended, stopping]);
    if (interrupt.requested) await stopping;
    const seconds = (performance.now() - begin) / 1000;
    return { records: await records(), library: library.folder, interrupted: interrupt.requested, seconds };
  } finally {
    display.close();
    await lab.close();
    await live?.close();
    // What asks for expected times has nobody to tell any more.
    killAll();
    interrupt.release();
  }
}

/** Where another host owns the library and can be reached, its error says how the training gets there. */
async function withWayThrough(error: unknown, library: string | undefined): Promise<unknown> {
  if (!(error instanceof MicrobatchError && error.code === 'library/owned')) return error;
  const host = await connectToHost(libraryFolder(library));
  if (host === null) return error;
  host.close();
  return new MicrobatchError(
    {
      ...error.toShape(),
      remedy:
        'hand new runs to that host with `microbatch queue add`, which takes the same settings; resume and fork runs in its window; or name another folder with --library',
    },
    { cause: error },
  );
}

type Listeners = { readonly [N in ApiEventName]?: (event: ApiEvent<N>) => void };

function showOn(display: TrainingDisplay): ApiEmit {
  const listeners: Listeners = {
    'run.changed': (record) => {
      if (hasSpec(record)) display.changed(record);
    },
    'run.progress': (progress) => display.progressed(progress),
    'run.metrics': (batch) => display.recorded(batch),
  };
  return (name, event) => listeners[name]?.(event);
}

/** Asks for what each setting costs while training goes on, so that the time left is known early. */
async function expectTimes(lab: Lab, records: readonly SpecifiedRun[], display: TrainingDisplay): Promise<void> {
  for (const { groupHash, spec } of new Map(records.map((record) => [record.groupHash, record])).values()) {
    const plan = await lab.handlers['plan.estimate']({ spec }).catch(() => null);
    if (plan === null) return;
    display.expect(groupHash, spec.steps, plan);
  }
}
