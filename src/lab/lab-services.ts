import { availableParallelism } from 'node:os';
import process from 'node:process';
import type { ApiEmit } from '../contracts/api.ts';
import type { ApplicationBuild } from '../contracts/provenance.ts';
import { SweepStore } from '../library/sweep-store.ts';
import { identifyCode } from './code-identity.ts';
import { Datasets } from './datasets.ts';
import { Devices } from './devices.ts';
import { Evaluations } from './evaluations.ts';
import { Exports } from './exports/exports.ts';
import { ImportedThings } from './imported-things.ts';
import { Imports } from './imports.ts';
import type { LabOptions } from './lab-options.ts';
import { NativeRuntimes } from './native-runtime/native-runtimes.ts';
import { RuntimeService } from './native-runtime/runtime-service.ts';
import { Probes } from './probes.ts';
import { SharedMachine } from './queue/graphics-cards.ts';
import { Runs } from './runs.ts';
import { Sweeps } from './sweeps/sweeps.ts';
import { datasetsFolder, runtimesFolder } from './user-folders.ts';

/** What does the work behind the handlers. */
export interface LabServices {
  readonly runs: Runs;
  readonly probes: Probes;
  readonly devices: Devices;
  readonly runtimes: RuntimeService;
  readonly datasets: Datasets;
  readonly sweepStore: SweepStore;
  readonly sweeps: Sweeps;
  readonly imports: Imports;
  readonly imported: ImportedThings;
  readonly evaluations: Evaluations;
  readonly exports: Exports;
  readonly cores: number;
  readonly build: ApplicationBuild;
}

/** Opens every service on a library that this host owns, or may only read. */
export async function openServices(options: LabOptions, emit: ApiEmit): Promise<LabServices> {
  const { library, processHost, entries } = options;
  const cores = options.cores ?? availableParallelism();
  const build = { app: options.host.version, ...identifyCode(entries) };
  const visible = process.env['CUDA_VISIBLE_DEVICES'];
  const machine = new SharedMachine(cores, { runtimes: runtimesFolder(), visible });
  const runs = await openRuns(options, { machine, build, emit });
  const probes = new Probes(processHost, entries.probe);
  const runtimes = openRuntimes(options, probes, (name, event) => {
    if (name === 'runtimes.changed') machine.lookAgain();
    emit(name, event);
  });

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
    keepOfWeights: (request) => imported.keepEvaluation(request),
  });
  const exports = new Exports({ library, resources: entries.resources, app: options.host.version, emit });
  return {
    runs,
    probes,
    devices: new Devices(probes),
    runtimes,
    datasets,
    sweepStore,
    sweeps,
    imports,
    imported,
    evaluations,
    exports,
    cores,
    build,
  };
}

function openRuntimes({ wheelsOf }: LabOptions, probes: Probes, emit: ApiEmit): RuntimeService {
  const runtimes = new NativeRuntimes({
    folder: runtimesFolder(),
    probe: (folder, signal) => probes.runtime(folder, signal),
    ...(wheelsOf === undefined ? {} : { wheelsOf }),
  });
  return new RuntimeService(runtimes, emit);
}

function openRuns(
  options: LabOptions,
  {
    machine,
    build,
    emit,
  }: { readonly machine: SharedMachine; readonly build: ApplicationBuild; readonly emit: ApiEmit },
): Promise<Runs> {
  const { library, processHost, entries, onProblem, patience } = options;
  return Runs.open({
    library,
    processHost,
    runnerEntry: entries.runner,
    resources: entries.resources,
    machine,
    trains: options.trains ?? 'queue',
    build,
    emit,
    onProblem,
    ...(patience === undefined ? {} : { patience }),
  });
}
