import type { ApiEmit } from '../../contracts/api.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { methodDescription } from '../../contracts/methods.ts';
import type { SpecifiedRun } from '../../contracts/run-record.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import { settingName } from '../../contracts/setting-names.ts';
import { tellingPaths } from '../../contracts/sweeps.ts';
import type { SweepDefinition, SweepPlan, SweepRecord, SweepValues } from '../../contracts/sweeps.ts';
import { newRunId } from '../../library/run-id.ts';
import type { SweepStore } from '../../library/sweep-store.ts';
import type { Runs } from '../runs.ts';
import { planSweep } from './plan-sweep.ts';
import type { PlannedSweep } from './plan-sweep.ts';

export interface SweepsOptions {
  readonly store: SweepStore;
  readonly runs: Runs;
  readonly cores: number;
  readonly emit: ApiEmit;
}

export interface StartedSweep {
  readonly sweep: SweepRecord;
  /** Runs that were queued, in their order. */
  readonly created: SpecifiedRun[];
}

/** Sweeps: many runs from one spec, planned, queued and kept as one thing. */
export class Sweeps {
  readonly #options: SweepsOptions;

  constructor(options: SweepsOptions) {
    this.#options = options;
  }

  /** What a sweep would do. Throws `sweep/too-many`. */
  preview(definition: SweepDefinition, again: boolean): SweepPlan {
    return this.#plan(definition, again).plan;
  }

  /** Queues every run of a sweep, once all of them are known to be valid. Throws `sweep/invalid`, `sweep/nothing-new`. */
  async create(definition: SweepDefinition, again: boolean): Promise<StartedSweep> {
    const planned = this.#plan(definition, again);
    requireValid(planned.plan);
    const { sweeps } = await this.#options.store.list();
    const id = newRunId((taken) => sweeps.some((sweep) => sweep.id === taken));
    return this.#start(planned, {
      schema: 1,
      id,
      name: definition.name ?? nameOf(definition),
      createdAt: new Date().toISOString(),
      definition,
      reused: [],
      settings: [],
    });
  }

  /** Queues every setting of a sweep with more seeds. Throws `sweep/unknown`, `sweep/nothing-new`. */
  async addSeeds(id: string, seeds: readonly number[]): Promise<StartedSweep> {
    const sweep = await this.#options.store.get(id);
    const { definition } = sweep;
    const added = this.#plan({ ...definition, axes: { ...definition.axes, seed: [...seeds] } }, false);
    requireValid(added.plan);
    const before = definition.axes['seed'];
    const known = Array.isArray(before) ? before : [definition.base['seed'] ?? 1];
    const all = [...new Set([...known, ...seeds])];
    return this.#start(added, { ...sweep, definition: { ...definition, axes: { ...definition.axes, seed: all } } });
  }

  /** Moves a sweep to the trash; its runs stay. Throws `sweep/unknown`. */
  async remove(id: string): Promise<void> {
    await this.#options.store.remove(id);
    this.#options.emit('sweep.removed', { sweep: id });
  }

  #plan(definition: SweepDefinition, again: boolean): PlannedSweep {
    const { runs, cores } = this.#options;
    return planSweep(definition, { records: runs.list(), check: (spec) => runs.admission.check(spec), cores, again });
  }

  /** The sweep is written before its runs are: they carry its id, and a crash in between loses none of them. */
  async #start({ plan, toTrain, settings }: PlannedSweep, sweep: SweepRecord): Promise<StartedSweep> {
    const { store, runs, emit } = this.#options;
    if (plan.runs === 0) throw nothingNew(plan);
    const written: SweepRecord = {
      ...sweep,
      settings: [...settings],
      reused: [...new Set([...sweep.reused, ...plan.existing.map(({ run }) => run)])],
    };
    await store.save(written);
    emit('sweep.changed', written);
    const created = await runs.admission.createAll(
      toTrain.map(({ spec, values }) => ({ spec, name: runNameOf(spec, values) })),
      { sweep: sweep.id },
    );
    return { sweep: written, created };
  }
}

/** Throws `sweep/invalid`, naming every problem. */
function requireValid({ problems }: SweepPlan): void {
  if (problems.length === 0) return;
  const count = problems.reduce((sum, problem) => sum + problem.count, 0);
  throw new MicrobatchError({
    code: 'sweep/invalid',
    message: `${String(count)} ${count === 1 ? 'setting of the sweep is' : 'settings of the sweep are'} not valid: ${problems.map(problemText).join('; ')}`,
    remedy: 'nothing was queued: correct the base or the axes',
  });
}

function problemText({ values, count, message }: SweepPlan['problems'][number]): string {
  const words = valuesText(values);
  const more = count > 1 ? ` and ${String(count - 1)} more` : '';
  return words === '' ? message : `${words}${more}: ${message}`;
}

function nothingNew({ existing }: SweepPlan): MicrobatchError {
  return new MicrobatchError({
    code: 'sweep/nothing-new',
    message: `every run of the sweep exists already: ${existing
      .slice(0, 5)
      .map(({ run }) => run)
      .join(', ')}${existing.length > 5 ? ` and ${String(existing.length - 5)} more` : ''}`,
    remedy: '--again trains them once more',
  });
}

/** `lambda=0.01, dataset.trainSize=500`: what tells a setting from others. */
export function valuesText(values: SweepValues): string {
  const paths = tellingPaths(Object.keys(values));
  return Object.entries(values)
    .filter(([path]) => paths.includes(path))
    .map(([path, value]) => `${path}=${textOf(value)}`)
    .join(', ');
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** One text a field: `{ norm: 'mean' }` at `graft` is `graft norm mean`. */
function settingTexts(path: string, value: unknown): string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, inner]) => settingTexts(`${path}.${name}`, inner))
    : [`${settingName(path)} ${textOf(value)}`];
}

const mostCharacters = 200;

function runNameOf(spec: RunSpec, values: SweepValues): string {
  const settings = tellingPaths(Object.keys(values))
    .filter((path) => path !== 'method')
    .flatMap((path) => settingTexts(path, values[path]));
  const parts = [methodDescription(spec.method).label, ...settings];
  const seed = `, seed ${String(spec.seed)}`;
  return parts.join(', ').slice(0, mostCharacters - seed.length) + seed;
}

function nameOf({ axes, settings, sample }: SweepDefinition): string {
  const paths = Object.keys(axes).filter((path) => path !== 'seed');
  const over = paths.length === 0 ? (settings === undefined ? 'seeds' : 'settings') : paths.map(settingName).join(', ');
  return `Sweep of ${over}${sample === undefined ? '' : `, ${String(sample)} drawn`}`.slice(0, 150);
}
