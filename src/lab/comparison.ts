import type { Comparison } from '../contracts/comparison.ts';
import { methodDescription, methods } from '../contracts/methods.ts';
import type { MethodId } from '../contracts/methods.ts';
import { methodOf, seedOf } from '../contracts/run-record.ts';
import { valueOf } from '../contracts/named-record.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import { confidenceInterval, gapRecovered, mean, pairedDifferences, summarise } from '../statistics/summary.ts';
import type { SeededValue } from '../statistics/summary.ts';

interface Group {
  /** Method id; with a piece of the group's hash where one method occurs in several settings. */
  readonly id: string;
  /** Null for imported runs that do not say theirs. */
  readonly method: MethodId | null;
  readonly label: string;
  readonly runs: readonly string[];
  readonly values: readonly SeededValue[];
}

/** `setting`: runs that differ in nothing but their seed are one group. `method`: so are all runs of a method. */
export type Grouping = 'setting' | 'method';

/**
 * Compares replicates: runs of one setting, or of one method, make a group; groups stand in the order of the methods.
 * Runs without a value of the metric are left out.
 */
export function compareRuns(records: readonly RunRecord[], metric: string, by: Grouping = 'setting'): Comparison {
  const groups = groupRuns(records, metric, by);
  const meanOf = (method: MethodId): number | null => {
    const candidates = groups.filter((group) => group.method === method);
    const [only] = candidates;
    return only === undefined || candidates.length > 1 ? null : mean(only.values.map(({ value }) => value));
  };
  const smallBatch = meanOf('small-batch');
  const largeBatch = meanOf('large-batch');
  return {
    metric,
    groups: groups.map(({ id, label, runs, values }) => {
      const summary = summarise(values.map(({ value }) => value));
      return {
        group: id,
        label,
        runs: [...runs],
        n: summary.n,
        mean: summary.mean,
        std: summary.std,
        ci95: pair(summary.ci95),
        gapRecovered: gapRecovered(summary.mean, smallBatch, largeBatch),
      };
    }),
    paired: groups.flatMap((a, index) => groups.slice(index + 1).flatMap((b) => pairedRow(a, b))),
  };
}

/** A run's value of a metric: the best for validation/accuracy, the last recorded for every other series. */
export function metricValue(record: RunRecord, metric: string): number | null {
  if (metric === 'validation/accuracy') return record.best?.['validation/accuracy'] ?? null;
  return valueOf(record.final, metric) ?? null;
}

function groupRuns(records: readonly RunRecord[], metric: string, by: Grouping): Group[] {
  const byKey = new Map<string, { record: RunRecord; value: number }[]>();
  for (const record of records) {
    const value = metricValue(record, metric);
    if (value === null || !Number.isFinite(value)) continue;
    const key = by === 'method' ? (methodOf(record) ?? record.groupHash) : record.groupHash;
    byKey.set(key, [...(byKey.get(key) ?? []), { record, value }]);
  }
  // By setting, what an imported run states is in the words of its file: it makes no group of ours.
  const methodIn = (record: RunRecord | undefined): MethodId | null =>
    record === undefined ? null : by === 'method' ? methodOf(record) : (record.spec?.method ?? null);
  const settingsOf = (method: MethodId): number =>
    [...byKey.values()].filter((members) => methodIn(members[0]?.record) === method).length;
  return [...byKey]
    .flatMap(([key, members]): Group[] => {
      const [first] = members;
      if (first === undefined) return [];
      const runs = members.map(({ record }) => record.id);
      const values = members.map(({ record, value }) => ({ seed: seedOf(record), value }));
      const method = methodIn(first.record);
      if (method === null) {
        const { name, groupHash } = first.record;
        return [{ id: `imported-${groupHash.slice(0, 6)}`, method: null, label: `${name} (imported)`, runs, values }];
      }
      const lambda = first.record.spec?.lambda;
      const several = settingsOf(method) > 1;
      const oneLambda = lambda !== undefined && members.every(({ record }) => record.spec?.lambda === lambda);
      const label = methodDescription(method).label + (oneLambda ? `, λ ${String(lambda)}` : '');
      return [
        {
          id: several ? `${method}-${key.slice(0, 6)}` : method,
          method,
          label: several ? `${label} (${key.slice(0, 6)})` : label,
          runs,
          values,
        },
      ];
    })
    .toSorted((left, right) => methodOrder(left.method) - methodOrder(right.method));
}

/** What names no method comes last. */
function methodOrder(id: MethodId | null): number {
  return id === null ? methods.length : methods.findIndex((method) => method.id === id);
}

function pairedRow(a: Group, b: Group): Comparison['paired'] {
  const differences = pairedDifferences(a.values, b.values);
  if (differences.length === 0) return [];
  const ci95 = pair(confidenceInterval(differences));
  return [{ a: a.id, b: b.id, mean: mean(differences), ci95, n: differences.length }];
}

function pair(interval: readonly [number, number] | null): [number, number] | null {
  return interval === null ? null : [interval[0], interval[1]];
}
