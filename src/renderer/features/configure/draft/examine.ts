import { runSpec } from '../../../../contracts/run-spec.ts';
import { pathKey, withValueAt } from '../fields/json.ts';
import type { Json, JsonObject } from '../fields/json.ts';
import { specFields } from './draft.ts';
import { schemaFindings, seedFindings } from './findings.ts';
import type { Finding } from './findings.ts';
import { checkSettings, fromExamples } from './setting-checks.ts';
import type { Surroundings } from './setting-checks.ts';
import { axesOf, combinationsOf, mostRuns, seedsOf } from './sweep.ts';
import type { Axis, Combination } from './sweep.ts';

const seedField = specFields.find(({ name }) => name === 'seed');

/** A document taken apart: its sweep, its seeds, and what there is to say about it. */
export interface Examination {
  readonly axes: readonly Axis[];
  readonly combinations: readonly Combination[];
  readonly seeds: readonly Json[];
  /** Runs that the sweep makes. */
  readonly runs: number;
  readonly findings: readonly Finding[];
  readonly valid: boolean;
}

/** Combinations that are checked one by one; of a larger sweep the first ones speak for the rest. */
const mostChecked = 200;

export function examine(document: JsonObject, surroundings: Surroundings): Examination {
  const axes = axesOf(specFields, document);
  const seeds = seedsOf(document);
  const [firstSeed] = seeds;
  // Seeds are checked by themselves: here one stands for all.
  const withOneSeed = withValueAt(document, ['seed'], typeof firstSeed === 'number' ? 1 : undefined);
  const combinations = combinationsOf(withOneSeed, axes);
  const checked = combinations.slice(0, mostChecked);
  const runs = axes.reduce((product, axis) => product * axis.values.length, 1) * seeds.length;
  const findings = [
    ...schemaFindings(runSpec, specFields, checked, axes).map((finding) =>
      fromExamples(finding, document, surroundings.examples),
    ),
    ...(seedField === undefined ? [] : seedFindings(seedField, seeds)),
    ...checked.flatMap((combination) => checkSettings(combination.document, surroundings)),
    ...tooMany(runs, axes),
  ];
  const distinct = [
    ...new Map(findings.map((finding) => [`${pathKey(finding.path)}|${finding.lead}`, finding])).values(),
  ];
  const shown = withoutEchoes(distinct);
  return {
    axes,
    combinations,
    seeds,
    runs,
    findings: shown,
    valid: shown.every(({ severity }) => severity === 'warning'),
  };
}

function tooMany(runs: number, axes: readonly Axis[]): Finding[] {
  if (runs <= mostRuns) return [];
  const longest = [...axes].sort((a, b) => b.values.length - a.values.length)[0];
  const lead = `This makes ${runs.toLocaleString('en-US')} runs; at most ${mostRuns.toLocaleString('en-US')} can be queued at once.`;
  return [{ severity: 'error', path: longest?.path ?? ['seed'], lead, detail: '', remedies: [] }];
}

/** The schema and the checks may see the same thing: of two errors at one place the one with a way out stays. */
function withoutEchoes(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => {
    const rivals = findings.filter(
      (other) => other !== finding && other.severity === 'error' && pathKey(other.path) === pathKey(finding.path),
    );
    if (finding.severity === 'warning') return rivals.length === 0;
    return !rivals.some((rival) => rival.remedies.length > 0 && finding.remedies.length === 0);
  });
}
