import { knownLearningRate } from './method-settings.ts';
import { methodDescription } from './methods.ts';
import { plannedSteps, seedOf } from './run-record.ts';
import type { RunRecord } from './run-record.ts';
import { microBatchSizeOf } from './run-spec.ts';

/** One word of a query, with what stood around it. */
export interface Condition {
  /** As written, in lower case, without its `not`. */
  readonly text: string;
  /** Null where the word is looked for in every field. */
  readonly field: string | null;
  readonly operator: ':' | '<' | '<=' | '>' | '>=';
  readonly value: string;
  readonly negated: boolean;
}

const comparison = /^([a-z]+)(:|<=|>=|<|>)(.+)$/;

/**
 * The conditions of a query such as `gradient seed:1..3 lambda<=0.01 not failed`: all must hold. A bare word is looked
 * for everywhere; `field:value` in one field, where a number means that number and `a..b` everything between;
 * `not` turns the next word round. Case does not matter.
 */
export function parseQuery(query: string): Condition[] {
  const conditions: Condition[] = [];
  let negated = false;
  for (const word of query.toLowerCase().split(/\s+/)) {
    if (word === '') continue;
    if (word === 'not') {
      negated = true;
      continue;
    }
    const parts = comparison.exec(word);
    conditions.push({
      text: word,
      field: parts?.[1] ?? null,
      operator: operatorOf(parts?.[2]),
      value: parts?.[3] ?? word,
      negated,
    });
    negated = false;
  }
  return conditions;
}

function operatorOf(text: string | undefined): Condition['operator'] {
  return text === '<' || text === '<=' || text === '>' || text === '>=' ? text : ':';
}

/** Runs for which every condition of the query holds. */
export function filterRuns<R extends RunRecord>(runs: readonly R[], query: string): R[] {
  const conditions = parseQuery(query);
  if (conditions.length === 0) return [...runs];
  return runs.filter((run) => {
    const fields = fieldsOf(run);
    return conditions.every((condition) => holds(fields, condition) !== condition.negated);
  });
}

/** Names that a query can put before its colon. */
export const filterFields = [
  'id',
  'name',
  'status',
  'method',
  'model',
  'data',
  'images',
  'seed',
  'batch',
  'micro',
  'lr',
  'lambda',
  'steps',
  'best',
  'sweep',
] as const;

const wordFields = ['id', 'name', 'status', 'method', 'model', 'data', 'sweep'];

/** Why no run can ever fit a condition, in words; null where one can. */
export function whyImpossible({ field, operator, value }: Condition): string | null {
  if (field === null) return null;
  if (!filterFields.some((name) => name === field)) return 'names a field that runs do not have';
  if (wordFields.includes(field)) return operator === ':' ? null : `compares words by size: ${field} is no number`;
  const bounds = operator === ':' ? value.split('..') : [value];
  if (bounds.length > 2) return 'is no range';
  const open = bounds.length === 2;
  if (!bounds.every((bound) => (open && bound === '') || isNumber(bound))) {
    return `asks for no number: ${field} is a number`;
  }
  const [from, to] = bounds;
  return open && from !== '' && to !== '' && Number(from) > Number(to) ? 'is a range that ends before it begins' : null;
}

const isNumber = (text: string): boolean => text !== '' && Number.isFinite(Number(text));

type Fields = Readonly<Record<(typeof filterFields)[number], string | number | undefined>>;

/** What an imported run without a spec does not say. */
const unstated = {
  model: undefined,
  data: undefined,
  images: undefined,
  batch: undefined,
  micro: undefined,
  lr: undefined,
  lambda: undefined,
};

function fieldsOf(run: RunRecord): Fields {
  const { spec } = run;
  const known = {
    id: run.id,
    name: run.name.toLowerCase(),
    status: run.status,
    seed: seedOf(run) ?? undefined,
    // In percent, as the screen writes it.
    sweep: run.sweep,
    best: run.best === null ? undefined : run.best['validation/accuracy'] * 100,
  };
  if (spec === null) return { ...unstated, ...known, method: 'imported', steps: plannedSteps(run) };
  return {
    ...known,
    method: `${spec.method} ${methodDescription(spec.method).label.toLowerCase()}`,
    model: spec.model.kind,
    data: spec.dataset.id,
    images: spec.dataset.trainSize,
    batch: spec.batchSize,
    micro: microBatchSizeOf(spec),
    lr: knownLearningRate(spec.learningRate),
    lambda: spec.lambda,
    steps: spec.steps,
  };
}

function holds(fields: Fields, condition: Condition): boolean {
  if (condition.field === null) return Object.values(fields).some((value) => contains(value, condition.value));
  const name = filterFields.find((field) => field === condition.field);
  const value = name === undefined ? undefined : fields[name];
  if (value === undefined) return false;
  if (condition.operator !== ':') return compares(Number(value), condition.operator, Number(condition.value));
  if (typeof value === 'string') return value.includes(condition.value);
  const [from, to] = condition.value.split('..');
  if (to === undefined) return value === Number(condition.value);
  return value >= (from === '' ? Number.NEGATIVE_INFINITY : Number(from)) && value <= upper(to);
}

const upper = (text: string): number => (text === '' ? Number.POSITIVE_INFINITY : Number(text));

const contains = (value: string | number | undefined, word: string): boolean =>
  value !== undefined && String(value).includes(word);

function compares(value: number, operator: Exclude<Condition['operator'], ':'>, bound: number): boolean {
  switch (operator) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
  }
}
