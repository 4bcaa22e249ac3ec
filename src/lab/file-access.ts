import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { z } from 'zod';
import type { ApiHandlers } from '../contracts/api.ts';
import { callTable, handlersBy } from '../contracts/calls.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { hostFileKind } from '../contracts/files.ts';
import type { RunSpec } from '../contracts/run-spec.ts';

/** Turns what a window names as a file into a path that may be read, or throws why it may not. */
export type FileResolver = (named: string) => Promise<string>;

/** How the two kinds of files in a call are resolved. */
interface Resolvers {
  readonly named: FileResolver;
  readonly trace: FileResolver;
}

/**
 * The handlers with every file that a window names going through `resolveFile` first, except traces that runs of the
 * library were trained with: a run is queued again, or forked, under its own spec.
 */
export function withFiles(handlers: ApiHandlers, resolveFile: FileResolver): ApiHandlers {
  const trace: FileResolver = async (named) => {
    const records = await handlers['runs.list'](null);
    return records.some(({ spec }) => spec !== null && traceFiles(spec).includes(named)) ? named : resolveFile(named);
  };
  return handlersBy((name) => {
    const { parameters: schema } = callTable[name];
    if (!namesFile(schema)) return handlers[name];
    return async (parameters, context) =>
      handlers[name](schema.parse(await resolved(schema, parameters, { named: resolveFile, trace })), context);
  });
}

function traceFiles({ graft, learningRate }: RunSpec): string[] {
  const traces = [
    ...(graft !== undefined && 'trace' in graft ? [graft.trace] : []),
    ...(typeof learningRate === 'object' ? [learningRate.trace] : []),
  ];
  return traces.flatMap((source) => ('file' in source ? [source.file] : []));
}

/** Whether a value of the schema can name a file of the host's machine. */
export function namesFile(schema: z.core.$ZodType): boolean {
  // Settings by their path, as a sweep has them: the trace of a spec may be among them.
  return hostFileKind(schema) !== undefined || schema instanceof z.ZodRecord || partsOf(schema).some(namesFile);
}

/** The value with every file in it resolved; the value was parsed by the schema before. */
async function resolved(schema: z.core.$ZodType, value: unknown, resolvers: Resolvers): Promise<unknown> {
  const kind = hostFileKind(schema);
  if (kind !== undefined) return typeof value === 'string' ? resolvers[kind](value) : value;
  const inner = innerOf(schema);
  if (inner !== null) return resolved(inner, value, resolvers);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return Promise.all(value.map((element: unknown) => resolved(schema.element, element, resolvers)));
  }
  if (schema instanceof z.ZodRecord) return resolvedTraces(value, [], resolvers.trace);
  if (schema instanceof z.ZodUnion) {
    const option = schema.options.find((candidate) => z.safeParse(candidate, value).success);
    return option === undefined ? value : resolved(option, value, resolvers);
  }
  if (schema instanceof z.ZodObject && typeof value === 'object' && value !== null) {
    const shape = new Map(Object.entries<z.core.$ZodType>(schema.shape));
    const fields = Object.entries(value).map(async ([name, field]: [string, unknown]) => {
      const known = shape.get(name);
      return [name, known === undefined ? field : await resolved(known, field, resolvers)] as const;
    });
    return Object.fromEntries(await Promise.all(fields));
  }
  return value;
}

/**
 * Parts of a spec that is not one yet, with the file of every trace in them resolved, whether it stands in an object
 * (`{"graft": {"trace": {"file": F}}}`), at a path (`{"graft.trace.file": F}`), or is one value of a list of an axis.
 */
async function resolvedTraces(value: unknown, place: readonly string[], resolveFile: FileResolver): Promise<unknown> {
  if (typeof value === 'string') return place.slice(-2).join('.') === 'trace.file' ? resolveFile(value) : value;
  if (Array.isArray(value)) {
    return Promise.all(value.map((element: unknown) => resolvedTraces(element, place, resolveFile)));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([name, field]: [string, unknown]): Promise<[string, unknown]> => [
    name,
    await resolvedTraces(field, [...place, ...name.split('.')], resolveFile),
  ]);
  return Object.fromEntries<unknown>(await Promise.all(entries));
}

/** What a schema wraps; null where it wraps nothing. */
function innerOf(schema: z.core.$ZodType): z.core.$ZodType | null {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return schema.unwrap();
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.unwrap();
  return schema instanceof z.ZodPipe ? schema.out : null;
}

/** The schemas that a schema is made of. */
export function partsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const inner = innerOf(schema);
  if (inner !== null) return [inner];
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodUnion) return schema.options;
  return schema instanceof z.ZodObject ? Object.values<z.core.$ZodType>(schema.shape) : [];
}

/** Allows files that lie in one of the folders, wherever links lead; none where there is no folder. */
export function filesWithin(folders: readonly string[]): FileResolver {
  return async (named) => {
    const path = await realpath(resolve(named)).catch(() => null);
    const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => null)));
    const isWithin = (root: string | null): boolean =>
      root !== null && path !== null && (path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
    if (path !== null && roots.some(isWithin)) return path;
    // The same words whether it is there or not: a browser elsewhere must not learn which files exist.
    throw new MicrobatchError({
      code: 'files/not-shared',
      message: `${named} is not in a folder that this host opens to its windows`,
      expected: folders.length === 0 ? 'a folder, of which it has none' : `a file in ${folders.join(', ')}`,
      remedy: 'start the host with --files FOLDER, or do this on its command line',
    });
  };
}
