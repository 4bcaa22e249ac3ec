import { createReadStream } from 'node:fs';
import { MicrobatchError } from '../contracts/errors.ts';
import { parseOrThrow } from '../contracts/parse.ts';
import { executorNames, runSpec, runSpecShape } from '../contracts/run-spec.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { runRecord } from '../contracts/run-record.ts';
import type { RepeatedRun, RunParent } from '../contracts/run-record.ts';
import { findPreset } from '../lab/presets.ts';
import { assign, noSuchField } from '../contracts/spec-path.ts';
import type { Assignment } from '../contracts/spec-path.ts';

export interface ReadSpec {
  readonly spec: RunSpec;
  /** The run of the run.json that the spec was read from. */
  readonly repeats?: RepeatedRun;
}

export interface SpecInput {
  /** Where the spec comes from. */
  readonly source: { readonly preset: string } | { readonly file: string };
  /** Changes, in order. */
  readonly set: readonly Assignment[];
  readonly executor: string | undefined;
}

/**
 * The spec that a command line asks for. Throws `preset/unknown`, `executor/unknown`, `spec/unreadable`,
 * `spec/not-json`, `spec/no-such-field`, `spec/invalid`, `spec/of-fork`.
 */
export async function readSpec({ source, set, executor }: SpecInput): Promise<ReadSpec> {
  if (executor !== undefined) requireExecutor(executor);
  for (const change of set) requireField(change);
  const what = 'preset' in source ? `the preset ${source.preset} with these changes` : source.file;
  const { spec: begin, repeats } =
    'preset' in source ? { spec: findPreset(source.preset).spec } : await readSpecFile(source.file);
  const changes = executor === undefined ? set : [...set, { path: ['executor'], value: executor }];
  const changed = changes.reduce(assign, begin);
  const spec = parseOrThrow(runSpec, changed, { code: 'spec/invalid', what });
  if (repeats === undefined) return { spec };
  // Another step length than the run's has nothing to do with what its trace came to.
  const sameRate = !set.some(({ path }) => path[0] === 'learningRate');
  const { learningRate, ...resolved } = repeats.resolved;
  return { spec, repeats: { ...repeats, resolved: sameRate ? { ...resolved, learningRate } : resolved } };
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

/** A spec, or the spec inside a run.json with what its run was trained with, where it was. Throws `spec/of-fork`. */
async function readSpecFile(file: string): Promise<{ spec: unknown; repeats?: RepeatedRun }> {
  const json = await readJsonFile(file);
  if (typeof json !== 'object' || json === null || !('spec' in json)) return { spec: json };
  const record = trainedRecord.safeParse(json).data;
  if (record?.parent !== undefined) throw specOfFork(file, record.parent);
  if (record === undefined || record.resolved === null) return { spec: json.spec };
  const { id, resolved, provenance } = record;
  return { spec: json.spec, repeats: { run: id, resolved, dataHash: provenance.dataHash } };
}

/** What counts of a run.json, also of one that another version has written. */
const trainedRecord = runRecord.pick({ id: true, parent: true, resolved: true, provenance: true });

function specOfFork(file: string, { run, step }: RunParent): MicrobatchError {
  return new MicrobatchError({
    code: 'spec/of-fork',
    message: `${file} is of a fork of ${run} at step ${String(step)}: its spec alone does not make the same run`,
    expected: 'the run.json of a run that began at its first step, or a spec',
    remedy: `fork it again with \`fork ${run} --at ${String(step)}\`, or write its field spec to a file to train that from the first step`,
  });
}

/** Throws `spec/unreadable`, `spec/not-json`. */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readText(file).catch((cause: unknown) => {
    const code = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
    const message = `${file} cannot be read: ${reasons[code] ?? code}`;
    throw new MicrobatchError({ code: 'spec/unreadable', message, expected: 'a JSON file with a run spec' }, { cause });
  });
  return parseJson(text, file);
}

/** Also from a pipe, but never more than a spec can have: a device may deliver bytes without end. */
async function readText(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > longestSpec)
      throw new Error(`it has more than the ${String(longestSpec / 1e6)} MB that a spec may have`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const longestSpec = 10e6;

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MicrobatchError(
      {
        code: 'spec/not-json',
        message: `${file} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
        expected: 'a run spec, or a run.json',
      },
      { cause },
    );
  }
}

function requireExecutor(name: string): void {
  if (executorNames.some((known) => known === name)) return;
  throw new MicrobatchError({
    code: 'executor/unknown',
    message: `there is no executor ${name} in this version`,
    expected: `one of ${executorNames.join(', ')}`,
    remedy: '`microbatch devices` shows which of them work here',
  });
}

/** A word that is no field of any spec, such as lr, is told with the fields that there are. */
function requireField(change: Assignment): void {
  const fields = Object.keys(runSpecShape);
  if (!fields.includes(change.path[0] ?? '')) throw noSuchField(change, `one of ${fields.join(', ')}`);
}
