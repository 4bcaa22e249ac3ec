import process from 'node:process';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { z } from 'zod';
import { apiCalls } from '../src/contracts/api.ts';
import type { ApiHandlers, ApiName } from '../src/contracts/api.ts';
import { apiNames } from '../src/contracts/calls.ts';

/** Messages as a window that was taken over would send them, for the tests of what carries calls. */

const manyMessages = z.coerce.number().int().min(1).optional().parse(process.env.MICROBATCH_FUZZ);

/**
 * How many messages a test sends: a few hundred, always the same ones; with MICROBATCH_FUZZ=100000 that many, others
 * each time. A failure names the seed that brings it back.
 */
export const fuzzing: fc.Parameters<unknown> =
  manyMessages === undefined ? { numRuns: 400, seed: 17 } : { numRuns: manyMessages };
export const fuzzingPatienceMilliseconds = Math.max(60_000, (manyMessages ?? 0) * 5);

/** Names that every object answers to, or that JSON can plant in one. */
const prototypeNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then'];

export const hostileName: Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<string>(...apiNames) },
  { weight: 2, arbitrary: fc.constantFrom(...prototypeNames) },
  { weight: 1, arbitrary: fc.constantFrom(...apiNames).map((name) => name.toUpperCase()) },
  { weight: 1, arbitrary: fc.constantFrom(...apiNames).map((name) => `${name}\u0000`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const hostileText = fc.oneof(
  fc.constantFrom('', '../../../../etc/passwd', 'C:\\Windows\\win.ini', 'file:///etc/passwd', 'javascript:alert(1)'),
  fc.constantFrom('\u0000', '\u001b[2J', '\r\n\r\n', '\ud800', '${process.exit(7)}', "'; drop table runs; --"),
  fc.constantFrom(...prototypeNames),
  fc.integer({ min: 201, max: 20_000 }).map((length) => 'x'.repeat(length)),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const hostileNumber = fc.oneof(
  fc.constantFrom(-1, 0, 0.5, -0, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -1e308, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const depths = fc.constantFrom(3, 200, 3000);
const nested = depths.map((depth) => parsed(`${'['.repeat(depth)}${']'.repeat(depth)}`));
const planted = fc.constantFrom(...prototypeNames).map((name) => parsed(`{"${name}":{"polluted":true}}`));

/** A value that JSON can hold and a schema did not expect. */
const hostileJson: Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.constantFrom<unknown>(null, true, false, [], {}),
  nested,
  planted,
  fc.jsonValue({ maxDepth: 4 }),
  fc.array(hostileText, { maxLength: 5 }),
  fc.integer({ min: 900, max: 3000 }).map((length) => Array<number>(length).fill(1)),
);

/** What a structured clone can hold beyond JSON. */
const hostileClone: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, Number.NaN, Number.POSITIVE_INFINITY, 7n, new Date(Number.NaN), /a+/),
  fc.constantFrom<unknown>(new Map([['run', 'a']]), new Set([1]), new Uint8Array(5000), new ArrayBuffer(8)),
  fc.constant(null).map(circle),
  fc.constantFrom(900_000, 1_100_000).map((length) => ({ run: 'x'.repeat(length) })),
);

/** Parameters of a call: its own fields with values that do not belong there, or something else altogether. */
function parametersWith(name: string, value: Arbitrary<unknown>): Arbitrary<unknown> {
  const schema = Object.entries(apiCalls).find(([known]) => known === name)?.[1].parameters;
  if (!(schema instanceof z.ZodObject)) return value;
  const fields = Object.fromEntries(Object.keys(schema.shape).map((field) => [field, value]));
  const some: Arbitrary<unknown> = fc.record(fields, { requiredKeys: [] });
  const more: Arbitrary<unknown> = fc.tuple(some, planted).map(([own, foreign]) => ({ ...asObject(own), foreign }));
  return fc.oneof({ weight: 4, arbitrary: some }, { weight: 1, arbitrary: more }, { weight: 1, arbitrary: value });
}

export interface HostileCall {
  readonly name: string;
  readonly parameters: unknown;
}

const callWith = (name: Arbitrary<string>, value: Arbitrary<unknown>): Arbitrary<HostileCall> =>
  name.chain((called) => parametersWith(called, value).map((parameters) => ({ name: called, parameters })));

/** A call as it can cross IPC: only names of the table have a channel. */
export const hostileClonedCall: Arbitrary<HostileCall> = callWith(
  fc.constantFrom<string>(...apiNames),
  fc.oneof({ weight: 5, arbitrary: hostileJson }, { weight: 2, arbitrary: hostileClone }),
);

const hostileId = fc.oneof({ weight: 5, arbitrary: fc.nat() }, { weight: 1, arbitrary: hostileJson });
const hostileRequest: Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(hostileId, callWith(hostileName, hostileJson)).map(([id, call]) => ({ id, ...call })),
  },
  { weight: 1, arbitrary: hostileJson },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(), hostileJson)
      .map(([id, extra]) => ({ id, name: 'runs.list', parameters: null, extra })),
  },
);

/** One message to a socket: a request as text, torn text, any text, any bytes. */
export const hostileMessage: Arbitrary<string | Buffer> = fc.oneof(
  { weight: 8, arbitrary: hostileRequest.map((request) => JSON.stringify(request)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(hostileRequest, fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([request, share]) => JSON.stringify(request).slice(0, Math.floor(share * 200))),
  },
  { weight: 1, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);

/** Handlers that do nothing but note what reached them. */
export function notingHandlers(reached: HostileCall[]): ApiHandlers {
  const noting = Object.fromEntries(
    apiNames.map((name) => [
      name,
      (parameters: unknown) => {
        reached.push({ name, parameters });
        return Promise.resolve(null);
      },
    ]),
  );
  return noting as unknown as ApiHandlers;
}

/** Whether the table lets these parameters through to the call's handler. */
export function isAllowed(name: ApiName, parameters: unknown): boolean {
  return apiCalls[name].parameters.safeParse(parameters).success;
}

/** Whether any object of this process was changed by a message. */
export const isPolluted = (): boolean => 'polluted' in {} || 'polluted' in Object || 'polluted' in [];

function parsed(text: string): unknown {
  return JSON.parse(text);
}

function circle(): unknown {
  const value: Record<string, unknown> = {};
  value.run = value;
  return value;
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
