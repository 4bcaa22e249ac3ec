import type { BigIntStats, Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { MicrobatchError } from '../contracts/errors.ts';
import { describeIssues } from '../contracts/parse.ts';
import { runRecord, type RunRecord } from '../contracts/run-record.ts';

/** The text of a run.json. */
export function textOf(record: RunRecord): string {
  return `${JSON.stringify(runRecord.parse(record), null, 2)}\n`;
}

const newerSchema = z.object({ schema: z.int().min(2) });

/** Throws `run/damaged`, and `run/newer` for a record of a later version of the application. */
export function parseRecord(text: string, path: string): RunRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damagedRecord(path, 'it is not JSON', cause);
  }
  const parsed = runRecord.safeParse(json);
  if (!parsed.success && newerSchema.safeParse(json).success) throw newerRecord(path);
  if (!parsed.success) throw damagedRecord(path, describeIssues(parsed.error));
  return parsed.data;
}

/** An error of reading a run.json as `run/damaged`. */
export const asDamage = (path: string, error: unknown): MicrobatchError =>
  error instanceof MicrobatchError
    ? error
    : damagedRecord(path, error instanceof Error ? error.message : String(error), error);

function damagedRecord(path: string, problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'run/damaged',
      message: `${path} cannot be used: ${problem}`,
      expected: 'a run record of schema 1',
      remedy: 'the other runs are not affected; bring this file back from a copy',
    },
    { cause },
  );
}

function newerRecord(path: string): MicrobatchError {
  return new MicrobatchError({
    code: 'run/newer',
    message: `${path} was written by a newer version of this application`,
    expected: 'a run record of schema 1',
    remedy: 'update this application; the other runs are not affected',
  });
}

const largestRecord = 16_000_000;

/** Opening a pipe would wait for ever, and a device may have no end. Throws `run/damaged`. */
export function requireReadable(path: string, found: Stats | BigIntStats): void {
  if (!found.isFile()) throw damagedRecord(path, 'it is no file');
  if (found.size > largestRecord) throw damagedRecord(path, `it has ${String(found.size)} bytes`);
}

/**
 * The record in a run.json, whose size and kind are looked at before it is read. Throws `run/damaged`, also where there
 * is none.
 */
export async function readRecord(path: string): Promise<RunRecord> {
  try {
    requireReadable(path, await stat(path));
    return parseRecord(await readFile(path, 'utf8'), path);
  } catch (cause) {
    throw asDamage(path, cause);
  }
}
