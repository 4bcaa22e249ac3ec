import { methodDescription } from '../../../contracts/methods.ts';
import type { MethodId } from '../../../contracts/methods.ts';
import { seedOf } from '../../../contracts/run-record.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import { mean, standardDeviation } from '../../../statistics/summary.ts';
import { familyDash, importedLook } from '../../charts/chart-theme.ts';
import { differingSettings } from '../runs/differing-settings.ts';
import type { SettingWord } from '../runs/run-words.ts';

/** Replicates: runs that differ in nothing but their seed. One group is one line of a chart. */
export interface RunGroup {
  readonly id: string;
  /** Null for an imported run that does not say its method. */
  readonly method: MethodId | null;
  readonly label: string;
  /** For narrow windows: `gn`, `gn2`. */
  readonly shortLabel: string;
  readonly series: number;
  readonly dash: number;
  /** By seed. */
  readonly runs: readonly RunRecord[];
  /** Settings that not all groups share. */
  readonly settings: readonly SettingWord[];
}

/** Best validation accuracy over the seeds that have one, as fractions. */
export interface GroupBest {
  readonly n: number;
  readonly mean: number;
  readonly std: number | null;
}

/** Best validation accuracy of a run, as a fraction; null until it was validated. */
export type BestOf = (run: RunRecord) => number | null;

/** Further settings of one method keep its colour and get these. */
const furtherDashes = [4, 3, 5, 2, 1] as const;

/** Runs whose group still gets points. */
export const isUnfinished = (run: RunRecord): boolean =>
  run.status === 'queued' || run.status === 'running' || run.status === 'paused';

/**
 * The groups of runs, the best first by what their records say, groups without a value last: while runs train no row
 * moves. Colour and dash do not depend on that order.
 */
export function groupRuns(runs: readonly RunRecord[]): RunGroup[] {
  const sets = replicateSets(runs);
  const settings = differingSettings(sets.map(({ first }) => first.spec));
  const groups = sets.map(({ id, members, first }, index): RunGroup => {
    const { spec } = first;
    const rivals = sets.flatMap((set, other) => (set.first.spec?.method === spec?.method ? [other] : []));
    const place = rivals.indexOf(index);
    const own = settings[index] ?? [];
    const bySeed = members.toSorted(bySeedThenAge);
    if (spec === null) return importedGroup(id, bySeed, place);
    const method = methodDescription(spec.method);
    const base = familyDash[method.family];
    const others = rivals.filter((other) => other !== index).map((other) => settings[other] ?? []);
    return {
      id,
      method: method.id,
      label: rivals.length > 1 ? `${method.label}, ${distinguishing(own, others) || id.slice(0, 6)}` : method.label,
      shortLabel: `${initials(method.id)}${rivals.length > 1 ? String(place + 1) : ''}`,
      series: method.series,
      dash: place === 0 ? base : (furtherDashes.filter((dash) => dash !== base)[(place - 1) % 4] ?? base),
      runs: bySeed,
      settings: own,
    };
  });
  const rank = new Map(groups.map((group) => [group, groupBest(group.runs)?.mean ?? -1]));
  return groups.sort((a, b) => (rank.get(b) ?? -1) - (rank.get(a) ?? -1));
}

/** Imported runs without a spec keep a dash of their own, and their names. */
function importedGroup(id: string, runs: readonly RunRecord[], place: number): RunGroup {
  const [first] = runs;
  const name = first?.name ?? '';
  const settings = [{ name: 'imported from', value: first?.origin?.file ?? '' }];
  const shortLabel = `im${String(place + 1)}`;
  return { id, method: null, label: name, shortLabel, ...importedLook(place), runs, settings };
}

const bySeedThenAge = (a: RunRecord, b: RunRecord): number =>
  (seedOf(a) ?? Infinity) - (seedOf(b) ?? Infinity) || a.createdAt.localeCompare(b.createdAt);

interface ReplicateSet {
  readonly id: string;
  readonly members: readonly RunRecord[];
  readonly first: RunRecord;
}

/** By the age of their first run, so that a setting keeps its dash when others follow. */
function replicateSets(runs: readonly RunRecord[]): ReplicateSet[] {
  const byHash = new Map<string, RunRecord[]>();
  for (const run of runs) {
    const members = byHash.get(run.groupHash);
    if (members === undefined) byHash.set(run.groupHash, [run]);
    else members.push(run);
  }
  return [...byHash]
    .flatMap(([id, members]) => {
      const [first] = members.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
      return first === undefined ? [] : [{ id, members, first }];
    })
    .sort((a, b) => a.first.createdAt.localeCompare(b.first.createdAt) || a.id.localeCompare(b.id));
}

export const recordedBest: BestOf = (run) => run.best?.['validation/accuracy'] ?? null;

export function groupBest(runs: readonly RunRecord[], bestOf: BestOf = recordedBest): GroupBest | null {
  const values = runs.map(bestOf).filter((value) => value !== null);
  if (values.length === 0) return null;
  return { n: values.length, mean: mean(values), std: standardDeviation(values) };
}

/** `gradient-norm` is `gn`. */
const initials = (method: string): string =>
  method
    .split('-')
    .map((word) => word.slice(0, 1))
    .join('');

/**
 * What tells a group from the others of its method, in as few settings as that takes; empty where nothing that is shown
 * does.
 */
function distinguishing(own: readonly SettingWord[], rivals: readonly (readonly SettingWord[])[]): string {
  let confused = rivals;
  const told: string[] = [];
  for (const { name, value } of own) {
    const left = confused.filter((rival) => rival.find((setting) => setting.name === name)?.value === value);
    if (left.length < confused.length) told.push(`${name} ${value}`);
    confused = left;
  }
  return told.join(', ');
}

/** The runs that share data and model with the most recent one: what the screen compares when nothing was chosen. */
export function latestSetting(runs: readonly RunRecord[]): RunRecord[] {
  const latest = runs.reduce<RunRecord | undefined>(
    (best, run) => (best === undefined || run.createdAt > best.createdAt ? run : best),
    undefined,
  );
  if (latest === undefined) return [];
  const shared = sharedSetting(latest);
  return runs.filter((run) => sharedSetting(run) === shared);
}

const sharedSetting = ({ spec }: RunRecord): string =>
  spec === null ? 'imported' : JSON.stringify([spec.dataset, spec.model]);
