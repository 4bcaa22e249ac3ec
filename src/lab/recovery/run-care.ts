import type { ApiEmit, ApiParameters } from '../../contracts/api.ts';
import type { Certificate } from '../../contracts/certificate.ts';
import type { CheckpointList, LibraryPruneReport, PruneReport } from '../../contracts/checkpoints.ts';
import { toErrorShape } from '../../contracts/errors.ts';
import type { ApplicationBuild } from '../../contracts/provenance.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { readCertificate } from '../../library/certificate-file.ts';
import { keepEvaluation } from '../../library/evaluations-file.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import type { Library } from '../../library/library.ts';
import type { ActiveRuns } from '../active-runs.ts';
import { wrongStatus } from '../run-status.ts';
import { planPruning } from './library-retention.ts';
import type { ReplayMeans } from './replay.ts';
import { listCheckpoints, pruneCheckpoints } from './run-checkpoints.ts';
import { verifyRun } from './verify.ts';

export interface RunCareOptions extends ReplayMeans {
  readonly library: Library;
  readonly active: ActiveRuns;
  readonly build: ApplicationBuild;
  readonly emit: ApiEmit;
  /** A record with the progress of this moment. Throws `run/unknown`. */
  readonly get: (run: string) => RunRecord;
}

/** What a run keeps to go on from, and the proof that it can. */
export class RunCare {
  readonly #options: RunCareOptions;
  /** The file is read, changed and written by one at a time. */
  #kept: Promise<void> = Promise.resolve();

  constructor(options: RunCareOptions) {
    this.#options = options;
  }

  checkpoints(id: string): Promise<CheckpointList> {
    this.#options.get(id);
    return listCheckpoints(this.#options.library.runs.folder(id));
  }

  /** Saves a checkpoint of a run that has a process; its step. Throws `run/wrong-status`, `library/...`. */
  async saveCheckpoint(id: string): Promise<{ step: number }> {
    const active = this.#options.active.get(id);
    if (active === undefined) throw wrongStatus(this.#options.get(id), 'saved', 'a run that is running or paused');
    return { step: await active.client.checkpoint() };
  }

  /** Throws `run/wrong-status` for a run that has a process: it removes by itself what it does not keep. */
  async pruneCheckpoints({ run, ...request }: ApiParameters<'checkpoints.prune'>): Promise<PruneReport> {
    if (!request.dryRun) this.#requireIdle(run, 'pruned');
    const report = await pruneCheckpoints(this.#options.library.runs.folder(run), request);
    if (!request.dryRun) this.#options.emit('checkpoints.changed', { run });
    return report;
  }

  /** The same of many runs; those that it may not touch are named. */
  async pruneRuns({ runs, rule, dryRun }: ApiParameters<'checkpoints.prune-runs'>): Promise<LibraryPruneReport> {
    const refused: LibraryPruneReport['refused'] = [];
    const idle = [...new Set(runs)].filter((run) => {
      try {
        this.#requireIdle(run, 'pruned');
        return true;
      } catch (error) {
        refused.push({ run, error: toErrorShape(error) });
        return false;
      }
    });
    const folders = idle.map((run) => ({ run, folder: this.#options.library.runs.folder(run) }));
    const plans = await planPruning(folders, rule);
    for (const { run, remove } of dryRun ? [] : plans.filter((plan) => plan.remove.length > 0)) {
      try {
        await new CheckpointStore(this.#options.library.runs.folder(run)).remove(remove.map(({ step }) => step));
        this.#options.emit('checkpoints.changed', { run });
      } catch (error) {
        refused.push({ run, error: toErrorShape(error) });
      }
    }
    const failed = new Set(refused.map(({ run }) => run));
    const done = plans.filter(({ run }) => !failed.has(run));
    const sum = (of: 'bytesBefore' | 'bytesAfter'): number => done.reduce((total, plan) => total + plan[of], 0);
    return { runs: done, refused, bytesBefore: sum('bytesBefore'), bytesAfter: sum('bytesAfter') };
  }

  /** Checks a run's files and takes some of its steps again. Throws `run/wrong-status`, `library/...`. */
  async verify(id: string): Promise<Certificate> {
    const record = this.#requireIdle(id, 'verified');
    if (!hasSpec(record) || record.origin !== undefined) {
      throw wrongStatus(record, 'verified', 'a run that this application has trained');
    }
    const { library, build, ...means } = this.#options;
    return verifyRun({ record, folder: library.runs.folder(id), app: build.app, ...means });
  }

  certificate(id: string): Promise<Certificate | null> {
    this.#options.get(id);
    return readCertificate(this.#options.library.runs.folder(id));
  }

  /** Keeps an evaluation with its run, with all its figures where they are given. Throws `run/unknown`, `library/...`. */
  keepEvaluation({ run, evaluation, figures }: ApiParameters<'runs.keep-evaluation'>): Promise<void> {
    const kept = this.#kept
      .catch(() => undefined)
      .then(async () => {
        this.#options.get(run);
        await keepEvaluation(this.#options.library.runs.folder(run), evaluation, figures);
        this.#options.emit('evaluations.changed', { run });
      });
    this.#kept = kept;
    return kept;
  }

  /** Throws `run/wrong-status` for a run that has a process or will have one. */
  #requireIdle(id: string, wanted: string): RunRecord {
    const record = this.#options.get(id);
    if (!this.#options.active.has(id) && record.status !== 'queued') return record;
    throw wrongStatus(record, wanted, 'a run that does not train and does not wait');
  }
}
