import type { ApiEmit, ApiHandlers } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import type { SpecifiedRun } from '../contracts/run-record.ts';
import { listDatasets } from '../data/catalogue.ts';
import { compareRuns } from './comparison.ts';
import { describeVersions, diagnosticsText } from './diagnostics.ts';
import { describeHost } from './host-information.ts';
import type { LabOptions } from './lab-options.ts';
import type { LabServices } from './lab-services.ts';
import { readBatches } from './metrics.ts';
import { estimatePlan } from './plan.ts';
import { presets } from './presets.ts';
import { quickstartSeeds, quickstartSpecs } from './quickstart-setting.ts';
import type { Runs } from './runs.ts';
import { smoothedAt } from './smoothed-series.ts';
import { replayStop } from './stop-replay.ts';
import { datasetsFolder } from './user-folders.ts';

/** What answers each call of the contract table. */
export function handlersOf(options: LabOptions, services: LabServices, emit: ApiEmit): ApiHandlers {
  const { library, settings, entries } = options;
  const {
    runs,
    probes,
    devices,
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
  } = services;
  const metricsFile = (id: string): string => imported.pointsOf(id) ?? library.runs.metricsFile(id);
  return {
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
    'metrics.read': (request, context) => readBatches({ metricsFile }, request, options.onProblem, context?.signal),
    'metrics.smooth': (request, context) => smoothedAt({ metricsFile }, request, context?.signal),
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
    'weights.evaluations': ({ weights }) => imported.evaluationsOf(weights),
    'weights.keep-evaluation': (request) => imported.keepEvaluation(request).then(nothing),
    'weights.remove': ({ weights }) => imported.removeWeights(weights).then(nothing),
    'weights.restore': ({ weights }) => imported.restoreWeights(weights).then(nothing),
    'plan.estimate': async ({ spec }) => estimatePlan(spec, await probes.plan(spec), runs.list()),
    'devices.probe': () => devices.probe(),
    'devices.known': () => soon(() => devices.known()),
    'runtimes.status': () => runtimes.status(),
    'runtimes.probe': ({ runtime }) => runtimes.probe(runtime),
    'runtimes.install': (request) => runtimes.install(request),
    'runtimes.cancel': () => runtimes.cancel().then(nothing),
    'runtimes.remove': ({ runtime }) => runtimes.remove(runtime).then(nothing),
    'runtimes.restore': ({ runtime }) => runtimes.restore(runtime).then(nothing),
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
