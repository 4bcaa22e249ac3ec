import type { GraphicsCard, TrainingMachine, TrainingStart } from './provenance.ts';
import type { RepeatedRun, ResolvedExecution, RunRecord } from './run-record.ts';

export interface ProvenanceText {
  readonly name: string;
  readonly value: string;
  /** Whether the value is a hash, shown in a fixed width. */
  readonly hash?: boolean;
}

const hashLength = 12;

/** What a run was trained with, in words, for a list of facts. What was not recorded, or is not there, is said to be so. */
export function provenanceTexts(record: RunRecord): ProvenanceText[] {
  const { provenance, specHash, spec, resolved } = record;
  const start = provenance.starts.at(-1);
  return [
    { name: 'Spec hash', value: specHash.slice(0, hashLength), hash: true },
    ...(provenance.dataHash === null
      ? []
      : [{ name: 'Data hash', value: provenance.dataHash.slice(0, hashLength), hash: true }]),
    { name: 'Microbatch', value: start?.app ?? provenance.app },
    ...codeTexts(start),
    ...(resolved === null
      ? []
      : [
          { name: 'Executor', value: `${resolved.executor}, ${resolved.version}` },
          { name: 'Device', value: resolved.device },
          { name: 'Threads', value: String(resolved.threads) },
        ]),
    ...(provenance.streams === null || spec === null
      ? []
      : [{ name: 'Streams', value: `seed ${String(spec.seed)}: ${Object.keys(provenance.streams).join(', ')}` }]),
    ...(start === undefined
      ? [
          { name: 'Platform', value: provenance.platform },
          { name: 'Node', value: provenance.node },
        ]
      : machineTexts(start.machine)),
    ...(record.repeats === undefined ? [] : [{ name: 'Repeats', value: repeatText(record, record.repeats) }]),
    ...(provenance.starts.length > 1
      ? [
          {
            name: 'Processes',
            value: `${String(provenance.starts.length)}, the last one at step ${String(start?.step)}`,
          },
        ]
      : []),
  ];
}

function codeTexts(start: TrainingStart | undefined): ProvenanceText[] {
  if (start === undefined) return [];
  const { commit, engine } = start;
  return [
    commit === null
      ? { name: 'Commit', value: 'none: not from a checkout' }
      : { name: 'Commit', value: commit.slice(0, hashLength), hash: true },
    engine === null
      ? { name: 'Engine', value: 'not known' }
      : { name: 'Engine', value: engine.slice(0, hashLength), hash: true },
  ];
}

function machineTexts({ host, platform, processor, cores, memoryBytes, graphicsCards, node }: TrainingMachine) {
  return [
    { name: 'Host', value: host },
    { name: 'Platform', value: platform },
    { name: 'Processor', value: `${processor}, ${String(cores)} cores` },
    { name: 'Memory', value: gigabytes(memoryBytes) },
    { name: 'Graphics', value: graphicsText(graphicsCards) },
    { name: 'Node', value: node },
  ];
}

function graphicsText(cards: readonly GraphicsCard[] | null): string {
  if (cards === null) return 'none that nvidia-smi knows';
  if (cards.length === 0) return 'none for this run';
  return cards
    .map(({ name, memoryBytes, driver }) => {
      const memory = memoryBytes === null ? '' : `, ${gigabytes(memoryBytes)}`;
      return `${name}${memory}${driver === null ? '' : `, driver ${driver}`}`;
    })
    .join('; ');
}

function repeatText(record: RunRecord, repeats: RepeatedRun): string {
  const differences = differencesOf(record, repeats);
  return differences.length === 0 ? repeats.run : `${repeats.run}, ${differences.join(' and ')}: other bytes`;
}

/** Why a repetition does not take the steps of its run byte for byte, as far as its record can tell; empty where it does. */
export function differencesOf({ resolved, provenance }: RunRecord, before: RepeatedRun): string[] {
  return [
    ...(resolved === null || sameExecution(resolved, before.resolved)
      ? []
      : [`trained on ${before.resolved.executor} ${before.resolved.version} (${before.resolved.device})`]),
    ...(provenance.dataHash === null || before.dataHash === null || provenance.dataHash === before.dataHash
      ? []
      : ['trained with other data']),
  ];
}

const sameExecution = (a: ResolvedExecution, b: ResolvedExecution): boolean =>
  a.executor === b.executor && a.version === b.version && a.device === b.device && a.threads === b.threads;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
