import { hostname } from 'node:os';
import type { ApiEmit } from '../contracts/api.ts';
import type { RunRecord, SpecifiedRun } from '../contracts/run-record.ts';
import type { FromRunner } from '../contracts/runner-protocol.ts';
import type { Library } from '../library/library.ts';
import { environmentOf } from './queue/allocation.ts';
import type { Share } from './queue/allocation.ts';
import type { ProcessHost } from './process-host.ts';
import { RunnerClient } from './runner-client.ts';
import type { RunnerEnd, RunnerPatience } from './runner-client.ts';
import { datasetsFolder, runtimesFolder } from './user-folders.ts';

type Started = Extract<FromRunner, { type: 'started' }>;
type Progress = Extract<FromRunner, { type: 'progress' }>;

/** A run that has a process. */
export interface ActiveRun {
  readonly client: RunnerClient;
  readonly share: Share;
  /** What the last message said; run.json follows only when the status changes. */
  live: Pick<RunRecord, 'step' | 'seconds' | 'best'>;
  /** Settles when the record says how it ended. */
  readonly settled: Promise<void>;
}

export interface ActiveRunsOptions {
  readonly library: Library;
  readonly processHost: ProcessHost;
  readonly runnerEntry: string;
  readonly resources: string;
  readonly emit: ApiEmit;
  readonly patience?: RunnerPatience;
  readonly onStarted: (run: string, client: RunnerClient, message: Started) => void;
  /** Records how a run ended. Never rejects. */
  readonly onEnded: (run: string, end: RunnerEnd) => Promise<void>;
}

/** The training processes of this host, one a run. */
export class ActiveRuns {
  readonly #options: ActiveRunsOptions;
  readonly #active = new Map<string, ActiveRun>();

  constructor(options: ActiveRunsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#active.size;
  }

  ids(): string[] {
    return [...this.#active.keys()];
  }

  get(run: string): ActiveRun | undefined {
    return this.#active.get(run);
  }

  has(run: string): boolean {
    return this.#active.has(run);
  }

  /** Forgets a run whose record says how it ended; whether it had a process. */
  forget(run: string): boolean {
    return this.#active.delete(run);
  }

  /** Starts the process of a run. Throws where the system refuses one. */
  start({ id, spec, parent, repeats, step, seconds, best }: SpecifiedRun, share: Share): RunnerClient {
    const { library, processHost, runnerEntry, resources, patience, onEnded } = this.#options;
    const client = new RunnerClient({
      processHost,
      entry: runnerEntry,
      environment: environmentOf(share),
      start: {
        type: 'start',
        run: id,
        spec,
        folder: library.runs.folder(id),
        resources,
        datasets: datasetsFolder(),
        runtimes: runtimesFolder(),
        ...(parent === undefined ? {} : { parent }),
        ...(repeats === undefined ? {} : { repeats }),
      },
      onStarted: (message) => this.#options.onStarted(id, client, message),
      onProgress: (message) => this.#progressed(id, message),
      onCheckpoint: ({ error }) => {
        if (error === null) this.#options.emit('checkpoints.changed', { run: id });
      },
      ...(patience === undefined ? {} : { patience }),
    });
    const settled = client.ended.then((end) => onEnded(id, end));
    this.#active.set(id, { client, share, live: { step, seconds, best }, settled });
    return client;
  }

  /** A record with the progress of this moment. */
  withLive(record: RunRecord): RunRecord {
    const active = this.#active.get(record.id);
    return active === undefined || record.status === 'queued' ? record : { ...record, ...active.live };
  }

  #progressed(id: string, { progress, metrics, best }: Progress): void {
    const active = this.#active.get(id);
    if (active === undefined) return;
    active.live = { step: progress.step, seconds: progress.seconds, best };
    this.#options.emit('run.progress', progress);
    if (Object.keys(metrics.series).length > 0) this.#options.emit('run.metrics', metrics);
  }
}

export function processOf(client: RunnerClient): RunRecord['process'] {
  return client.pid === undefined ? null : { pid: client.pid, host: hostname() };
}
