import { assign } from '../../contracts/spec-path.ts';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import { describeIssues } from '../../contracts/parse.ts';
import { runSpec } from '../../contracts/run-spec.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import { mostSweepRuns } from '../../contracts/sweeps.ts';
import type { SweepAxis, SweepDefinition, SweepPlan, SweepRange, SweepValues } from '../../contracts/sweeps.ts';
import { groupHash, specHash } from '../../library/spec-hash.ts';
import { uniformDraws } from '../../statistics/seeded-draws.ts';

/** A setting of a sweep: what it changes, and its spec with each seed. */
interface SweptSetting {
  readonly values: SweepValues;
  readonly groupHash: string;
  /** One a seed, in the order of the seeds. */
  readonly specs: readonly RunSpec[];
}

interface Expansion {
  readonly settings: readonly SweptSetting[];
  readonly seeds: readonly number[];
  readonly repeated: number;
  readonly problems: SweepPlan['problems'];
}

/** Extra conditions on a valid spec, such as what its data set can give; throws where one does not hold. */
export type CheckSpec = (spec: RunSpec) => void;

/**
 * Every spec of a sweep, each validated; equal settings are taken once. What is wrong is gathered, not thrown, so that
 * all of it can be said at once. Throws `sweep/too-many` before anything is expanded.
 */
export function expandSweep(definition: SweepDefinition, check: CheckSpec = () => undefined): Expansion {
  const seeds = seedsOf(definition);
  requireSize(definition, seeds.length);
  const settings = new Map<string, SweptSetting>();
  const problems = new Map<string, SweepPlan['problems'][number]>();
  let repeated = 0;
  for (const values of valuesOf(definition)) {
    const found = specOf(definition.base, values, seeds, check);
    if ('problem' in found) {
      const known = problems.get(found.problem);
      problems.set(found.problem, {
        values: known?.values ?? values,
        count: (known?.count ?? 0) + 1,
        message: found.problem,
      });
    } else if (settings.has(found.groupHash)) repeated += 1;
    else settings.set(found.groupHash, { values, ...found });
  }
  const problemOfSeeds = seeds.map(seedProblem).find((problem) => problem !== null);
  if (typeof problemOfSeeds === 'string') {
    problems.set('seed', { values: {}, count: 1, message: problemOfSeeds });
  }
  return {
    settings: [...settings.values()],
    seeds: seeds.filter((seed) => typeof seed === 'number'),
    repeated,
    problems: [...problems.values()],
  };
}

/** The seeds as they are written, each once: those of the axis, else the base's own. */
function seedsOf({ axes, base }: SweepDefinition): unknown[] {
  const axis = axes['seed'];
  const written: unknown[] = Array.isArray(axis) ? axis : [base['seed'] ?? 1];
  return [...new Set(written)];
}

function seedProblem(seed: unknown): string | null {
  if (Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) < 2 ** 32) return null;
  return `seed: expected a whole number from 0 to ${String(2 ** 32 - 1)}, not ${JSON.stringify(seed)}`;
}

function requireSize(definition: SweepDefinition, seeds: number): void {
  const lists = settingAxes(definition).map(([, axis]) => (Array.isArray(axis) ? axis.length : 1));
  const combinations = definition.sample ?? lists.reduce((product, length) => product * length, 1);
  const runs = combinations * (definition.settings?.length ?? 1) * seeds;
  if (runs <= mostSweepRuns) return;
  throw new MicrobatchError({
    code: 'sweep/too-many',
    message: `the sweep makes ${runs.toLocaleString('en-US')} runs`,
    expected: `at most ${mostSweepRuns.toLocaleString('en-US')}`,
    remedy: 'give fewer values, or draw some with "sample"',
  });
}

function settingAxes({ axes }: SweepDefinition): (readonly [path: string, axis: SweepAxis])[] {
  return Object.entries(axes).filter(([path]) => path !== 'seed');
}

function valuesOf(definition: SweepDefinition): SweepValues[] {
  const axes = settingAxes(definition);
  const combinations =
    definition.sample === undefined ? grid(axes) : drawn(axes, definition.sample, definition.sampleSeed);
  return (definition.settings ?? [{}]).flatMap((setting) => combinations.map((values) => ({ ...setting, ...values })));
}

/** Every combination, the last axis fastest. */
function grid(axes: readonly (readonly [string, SweepAxis])[]): SweepValues[] {
  return axes.reduce<SweepValues[]>(
    (combinations, [path, axis]) =>
      combinations.flatMap((values) =>
        (Array.isArray(axis) ? axis : []).map((value) => ({ ...values, [path]: value })),
      ),
    [{}],
  );
}

/** The first settings of a longer sample are those of a shorter one with the same seed. */
function drawn(axes: readonly (readonly [string, SweepAxis])[], count: number, seed = 1): SweepValues[] {
  const uniform = uniformDraws(seed);
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      axes.map(([path, axis]) => {
        const at = uniform();
        return [path, Array.isArray(axis) ? (axis[Math.floor(at * axis.length)] ?? null) : valueIn(axis, at)];
      }),
    ),
  );
}

/** More digits than a learning rate needs, fewer than nobody can read. */
const digits = 6;

function valueIn(range: SweepRange, at: number): number {
  if ('integer' in range) {
    const [low, high] = range.integer;
    return low + Math.floor(at * (high - low + 1));
  }
  const isLog = 'logUniform' in range;
  const [low, high] = isLog ? range.logUniform : range.uniform;
  const value = isLog ? low * (high / low) ** at : low + at * (high - low);
  return Math.min(high, Math.max(low, Number(value.toPrecision(digits))));
}

function specOf(
  base: SweepDefinition['base'],
  values: SweepValues,
  seeds: readonly unknown[],
  check: CheckSpec,
): Omit<SweptSetting, 'values'> | { readonly problem: string } {
  try {
    const changed = Object.entries(values).reduce<unknown>(
      (spec, [path, value]) => assign(spec, { path: path.split('.'), value }),
      { ...base, seed: 1 },
    );
    const parsed = runSpec.safeParse(changed);
    if (!parsed.success) return { problem: describeIssues(parsed.error, 10) };
    check(parsed.data);
    const specs = seeds.filter((seed) => typeof seed === 'number').map((seed) => ({ ...parsed.data, seed }));
    return { groupHash: groupHash(parsed.data), specs };
  } catch (error) {
    const { message } = toErrorShape(error);
    return { problem: message };
  }
}

/** Specs of a sweep by what they compute, seed by seed, so that all settings can be compared early. */
export function specsInOrder({ settings, seeds }: Expansion): { spec: RunSpec; hash: string; values: SweepValues }[] {
  return seeds.flatMap((_, index) =>
    settings.flatMap(({ specs, values }) => {
      const spec = specs[index];
      return spec === undefined ? [] : [{ spec, hash: specHash(spec), values }];
    }),
  );
}
