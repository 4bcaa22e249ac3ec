import { availableParallelism } from 'node:os';
import process from 'node:process';
import type { ApiEmit, ApiHandlers, HostInformation } from '../contracts/api.ts';
import type { ApplicationBuild } from '../contracts/provenance.ts';
import type { Settings, SettingsChange } from '../contracts/settings.ts';
import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { SpecifiedRun } from '../contracts/run-record.ts';
import { listDatasets } from '../data/catalogue.ts';
import type { Library } from '../library/library.ts';
import { SweepStore } from '../library/sweep-store.ts';
import { compareRuns } from './comparison.ts';
import { identifyCode } from './code-identity.ts';
import { Datasets } from './datasets.ts';
import { Evaluations } from './evaluations.ts';
import { Exports } from './exports/exports.ts';
import { describeDevices } from './devices.ts';
import { describeVersions, diagnosticsText } from './diagnostics.ts';
import { describeHost } from './host-information.ts';
import { ImportedThings } from './imported-things.ts';
import { Imports } from './imports.ts';
import { takeHostLock } from './host-lock.ts';
import type { HostLock } from './host-lock.ts';
import { readBatches } from './metrics.ts';
import { estimatePlan } from './plan.ts';
import { presets } from './presets.ts';
import { Probes } from './probes.ts';
import type { ProcessHost } from './process-host.ts';
import { refuseChanges } from './read-only-library.ts';
import { quickstartSeeds, quickstartSpecs } from './quickstart-setting.ts';
import { graphicsCards } from './queue/graphics-cards.ts';
import type { Training } from './queue/queue.ts';
import type { RunnerPatience } from './runner-client.ts';
import type { SleepGap } from './run-life.ts';
import { Runs } from './runs.ts';
import { replayStop } from './stop-replay.ts';
import { Sweeps } from './sweeps/sweeps.ts';
import { datasetsFolder, runtimesFolder } from './user-folders.ts';

/** Where a host keeps the settings of its windows. */
export interface SettingsStore {
  readSettings(): Settings;
  /** Changes the named fields and returns all settings. */
  writeSettings(change: SettingsChange): Settings;
}

export interface LabOptions {
  readonly library: Library;
  readonly processHost: ProcessHost;
  /** Modules that processes start with, and the folder of the embedded data sets: see applicationPaths. */
  readonly entries: {
    readonly runner: string;
    readonly probe: string;
    readonly datasetTask: string;
    readonly importTask: string;
    readonly resources: string;
    /** The application's own folder, and whether it runs from `out/`: what code trains. */
    readonly root: string;
    readonly built: boolean;
  };
  readonly settings: SettingsStore;
  readonly host: Pick<HostInformation, 'version' | 'kind'>;
  /** Who owns the library while this lab is open, in words: "the desktop app". */
  readonly owner: string;
  /** Opens a web address outside the application, or throws `external/refused`. */
  readonly openExternal: (url: string) => Promise<void>;
  /** Told of failures that no caller waits for. */
  readonly onProblem: (error: ErrorShape) => void;
  /** The last lines of the log of problems, for diagnostics; none unless given. */
  readonly recentLog?: () => readonly string[];
  /** Which queued runs this host trains; the whole queue unless given. */
  readonly trains?: Training;
  /** Threads that runs side by side may use together; the machine's cores unless given. */
  readonly cores?: number;
  readonly patience?: RunnerPatience;
}

export interface Lab {
  readonly handlers: ApiHandlers;
  /** Every event from now on; returns the function that ends the subscription. */
  subscribe(listener: ApiEmit): () => void;
  /** Runs that train at this moment. */
  runningCount(): number;
  /** Runs that rest; closing ends them as well. */
  pausedCount(): number;
  /** The machine is about to sleep: saves a checkpoint of every run that trains. Never rejects. */
  prepareSleep(): Promise<void>;
  /** The machine has woken: notes the gap in every run that trains. Never rejects. */
  noteSleep(gap: SleepGap): Promise<void>;
  /**
   * Stops what trains and gives the library back. Queued runs stay queued, unless `withdraw` takes them out of the
   * queue. Resolves when every record is written.
   */
  close(options?: { readonly withdraw: boolean }): Promise<void>;
}

/**
 * The services behind every window and command. Owns the library, unless it is read-only: throws `library/owned`
 * where another host does.
 */
export async function createLab(options: LabOptions): Promise<Lab> {
  const { library, settings, processHost, entries } = options;
  if (library.problem !== null) options.onProblem(library.problem.toShape());
  const lock: HostLock | null = library.readOnly ? null : takeHostLock(library.folder, options.owner);
  const listeners = new Set<ApiEmit>();
  const emit: ApiEmit = (name, event) => {
    for (const listener of listeners) {
      try {
        listener(name, event);
      } catch (error) {
        // A window that fails to listen must not keep others, or the work itself, from going on.
        options.onProblem(toErrorShape(error));
      }
    }
  };
  const cores = options.cores ?? availableParallelism();
  const build = { app: options.host.version, ...identifyCode(entries) };
  const runs = await openRuns(options, { cores, build, emit }).catch((error: unknown) => {
    lock?.release();
    throw error;
  });
  const probes = new Probes(processHost, entries.probe);

  const datasets = new Datasets({
    processHost,
    entry: entries.datasetTask,
    resources: entries.resources,
    folder: datasetsFolder(),
    usedBy: () => runs.list().flatMap(({ spec }) => spec?.dataset.id ?? []),
    emit,
  });

  const sweepStore = new SweepStore(library.folder);
  const sweeps = new Sweeps({ store: sweepStore, runs, cores, emit });
  const imports = new Imports({
    library,
    processHost,
    entry: entries.importTask,
    app: options.host.version,
    emit,
    adopt: (run) => runs.adopt(run),
  });
  const imported = new ImportedThings(library, emit);
  if (!library.readOnly) await imports.removeLeftovers();
  const evaluations = new Evaluations({
    ...{ library, probes, resources: entries.resources, emit },
    get: (run) => runs.get(run),
    keep: (request) => runs.care.keepEvaluation(request),
  });
  const exports = new Exports({ library, resources: entries.resources, app: options.host.version, emit });

  const handlers: ApiHandlers = {
    'host.information': () => describeHost(library, { ...options.host, concurrency: cores }),
    'runs.list': () => soon(() => runs.list()),
    'runs.get': ({ run }) => soon(() => runs.get(run)),
    'runs.create': (request) => runs.admission.create(request),
    'runs.pause': ({ run }) => runs.pause(run).then(nothing),
    'runs.resume': ({ run }) => runs.resume(run).then(nothing),
    'runs.fork': (request) => runs.admission.fork(request),
    'runs.verify': ({ run }) => runs.care.verify(run),
    'runs.certificate': ({ run }) => runs.care.certificate(run),
    'runs.keep-evaluation': (request) => runs.care.keepEvaluation(request).then(nothing),
    'evaluations.run': (request, context) => evaluations.run(request, context?.signal),
    'evaluations.list': ({ run }) => evaluations.list(run),
    'evaluations.read': (request) => evaluations.read(request),
    'exports.run': (request, context) => exports.run(request, context?.signal),
    'checkpoints.list': ({ run }) => runs.care.checkpoints(run),
    'checkpoints.save': ({ run }) => runs.care.saveCheckpoint(run),
    'checkpoints.prune': (request) => runs.care.pruneCheckpoints(request),
    'checkpoints.prune-runs': (request) => runs.care.pruneRuns(request),
    'runs.stop': ({ run }) => runs.stop(run).then(nothing),
    'runs.rename': ({ run, name }) => runs.rename(run, name),
    'runs.remove': ({ run }) => runs.remove(run).then(nothing),
    'runs.restore': ({ run }) => runs.restore(run),
    'runs.retry': ({ run }) => runs.admission.retry(run),
    'queue.read': () => soon(() => runs.queue.view()),
    'queue.move': (request) => runs.queue.move(request),
    'queue.prioritise': ({ runs: ids, priority }) => runs.queue.prioritise(ids, priority),
    'queue.pause': () => runs.queue.rest(true),
    'queue.start': () => runs.queue.rest(false),
    'runs.log': ({ run }) => runs.log(run),
    'metrics.read': (request, context) => {
      const metricsFile = (id: string): string => imported.pointsOf(id) ?? library.runs.metricsFile(id);
      return readBatches({ metricsFile }, request, options.onProblem, context?.signal);
    },
    'compare.summary': ({ runs: ids, metric }) =>
      soon(() =>
        compareRuns(
          ids.map((id) => runs.get(id)),
          metric,
        ),
      ),
    'runs.replay-stop': ({ runs: ids, rule }) =>
      soon(() =>
        replayStop(
          library.runs,
          ids.map((id) => runs.get(id)),
          rule,
        ),
      ),
    'sweeps.preview': ({ definition, again }) => soon(() => sweeps.preview(definition, again)),
    'sweeps.create': ({ definition, again }) => sweeps.create(definition, again),
    'sweeps.add-seeds': ({ sweep, seeds }) => sweeps.addSeeds(sweep, seeds),
    'sweeps.remove': ({ sweep }) => sweeps.remove(sweep).then(nothing),
    'sweeps.list': () => sweepStore.list(),
    'presets.list': () => soon(() => [...presets]),
    'datasets.list': () => soon(() => listDatasets(datasetsFolder())),
    'datasets.catalogue': () => soon(() => datasets.list()),
    'datasets.add': (request) => datasets.add(request),
    'datasets.download': ({ dataset }) => datasets.download(dataset),
    'datasets.verify': ({ dataset }) => datasets.verify(dataset),
    'datasets.cancel': ({ dataset }) => soon(() => datasets.cancel(dataset)).then(nothing),
    'datasets.remove': ({ dataset }) => datasets.remove(dataset).then(nothing),
    'datasets.restore': ({ dataset }) => datasets.restore(dataset).then(nothing),
    'datasets.card': ({ dataset }, context) => datasets.card(dataset, context?.signal),
    'imports.preview': ({ path, as, mapping }) => imports.preview(path, as, mapping),
    'imports.examine': (request) => imports.examine(request),
    'imports.run': (request) => imports.run(request),
    'imports.cancel': () => soon(() => imports.cancel()).then(nothing),
    'traces.list': () => imported.traces(),
    'traces.remove': ({ trace }) => imported.removeTrace(trace).then(nothing),
    'traces.restore': ({ trace }) => imported.restoreTrace(trace).then(nothing),
    'weights.list': () => imported.weights(),
    'weights.remove': ({ weights }) => imported.removeWeights(weights).then(nothing),
    'weights.restore': ({ weights }) => imported.restoreWeights(weights).then(nothing),
    'plan.estimate': async ({ spec }) => estimatePlan(spec, await probes.plan(spec), runs.list()),
    'devices.probe': () => describeDevices(probes),
    'quickstart.start': () => startQuickstart(runs),
    'settings.read': () => soon(() => settings.readSettings()),
    'settings.write': (change) =>
      soon(() => {
        const changed = settings.writeSettings(change);
        emit('settings.changed', changed);
        return changed;
      }),
    // The desktop application answers these itself: it has dialogs, menus and what the system opens with it.
    'files.choose': () => refuseInBrowser('files/no-dialog', 'this host has no dialogs', 'name the file by its path'),
    'files.take-opened': () => Promise.resolve([]),
    'commands.run': ({ command }) =>
      refuseInBrowser('commands/unavailable', `${command} is done by the desktop application`, 'start it there'),
    'application.versions': () => soon(() => describeVersions(entries.root, build)),
    'application.diagnostics': async () => ({
      text: diagnosticsText({
        versions: describeVersions(entries.root, build),
        host: await describeHost(library, { ...options.host, concurrency: cores }),
        settings: settings.readSettings(),
        runs: countBy(runs.list(), ({ status }) => status),
        log: options.recentLog?.() ?? [],
      }),
    }),
    'external.open': ({ url }) => options.openExternal(url).then(nothing),
  };

  return {
    handlers: library.readOnly ? refuseChanges(handlers, library.folder) : handlers,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    runningCount: () => runs.runningCount,
    pausedCount: () => runs.pausedCount,
    prepareSleep: () => runs.prepareSleep(),
    noteSleep: (gap) => runs.noteSleep(gap),
    async close({ withdraw } = { withdraw: false }) {
      datasets.close();
      imports.cancel();
      await runs.close({ withdraw });
      lock?.release();
    },
  };
}

function openRuns(
  options: LabOptions,
  { cores, build, emit }: { readonly cores: number; readonly build: ApplicationBuild; readonly emit: ApiEmit },
): Promise<Runs> {
  const { library, processHost, entries, onProblem, patience } = options;
  return Runs.open({
    library,
    processHost,
    runnerEntry: entries.runner,
    resources: entries.resources,
    machine: {
      cores,
      graphicsCards: graphicsCards({ runtimes: runtimesFolder(), visible: process.env['CUDA_VISIBLE_DEVICES'] }),
    },
    trains: options.trains ?? 'queue',
    build,
    emit,
    onProblem,
    ...(patience === undefined ? {} : { patience }),
  });
}

/** Seed by seed, so that a first comparison of all methods is there early. */
async function startQuickstart(runs: Runs): Promise<SpecifiedRun[]> {
  const created: SpecifiedRun[] = [];
  for (const seed of quickstartSeeds) {
    for (const spec of Object.values(quickstartSpecs))
      created.push(...(await runs.admission.create({ spec, seeds: [seed] })));
  }
  return created;
}

function refuseInBrowser(code: string, message: string, remedy: string): Promise<never> {
  return Promise.reject(new MicrobatchError({ code, message, remedy }));
}

function countBy<T>(items: readonly T[], name: (item: T) => string): Record<string, number> {
  const counts = Map.groupBy(items, name);
  return Object.fromEntries([...counts].map(([key, group]) => [key, group.length]));
}

const nothing = (): null => null;

/** Work that waits for nothing, as a promise: what it throws is rejected, not thrown at the transport. */
function soon<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(work);
}
