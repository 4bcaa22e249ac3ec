import { readdirSync } from 'node:fs';
import { toErrorShape } from '../../src/contracts/errors.ts';
import type { ErrorShape } from '../../src/contracts/errors.ts';
import type { FaultKind } from './fault-errors.ts';
import type { FaultedWrite, FaultInjector } from './fault-injector.ts';

/** Something that a user does, which writes files. */
export interface Deed {
  readonly name: string;
  readonly act: () => unknown;
  /** Takes back what was done in spite of a fault, so that the next write can be made to fail. */
  readonly undo: () => unknown;
  /** Whether a failure leaves a part, which is taken back as well: what makes several things makes them one by one. */
  readonly partial?: boolean;
  /** Whether each write fails in one of the ways, in turn: of what writes many files alike, all of them take long. */
  readonly inTurn?: boolean;
}

interface Walk {
  /** Writes of the deed when nothing fails. */
  readonly writes: number;
  readonly faults: number;
  /** What is not as it must be, in words. */
  readonly problems: readonly string[];
}

const walkedKinds: readonly FaultKind[] = ['EACCES', 'EIO', 'ENOSPC', 'short'];

/**
 * Does a deed again and again, each time with another of its writes failing in another way, until none is left, and then
 * once undisturbed. After each the deed has either been done, or told why not and changed nothing; `check` tells what is
 * wrong with the library then.
 */
export async function walk(
  deed: Deed,
  injector: FaultInjector,
  check: (faulted?: FaultedWrite) => Promise<string[]>,
): Promise<Walk> {
  const problems: string[] = [];
  let faults = 0;
  for (let at = 1; ; at += 1) {
    let met = false;
    let operation: string | undefined;
    for (const kind of deed.inTurn === true ? walkedKinds.slice(at % 4, (at % 4) + 1) : walkedKinds) {
      // What takes no bytes cannot be cut short.
      if (kind === 'short' && operation !== undefined && !/^(write|append)/.test(operation)) continue;
      injector.arm({ kind, at });
      const error = await attempt(deed, injector);
      const { faulted, writes } = injector.disarm();
      const [first] = faulted;
      operation ??= first?.operation;
      if (writes >= at) met = true;
      if (first === undefined) {
        // The write was not of a kind that this fault meets, or there was none left.
        if (error !== null) problems.push(`${deed.name}: without a fault: ${error.message}`);
        else await deed.undo();
        continue;
      }
      faults += 1;
      const where = `${deed.name}, ${kind} at write ${String(at)} (${first.operation} ${first.path})`;
      const wrong = [...(error === null ? [] : complaintsOn(error)), ...(await check(first))];
      problems.push(...wrong.map((what) => `${where}: ${what}`));
      if (error === null || deed.partial === true) await deed.undo();
    }
    if (!met || problems.length > 12) break;
  }
  injector.arm(null);
  const error = await attempt(deed, injector);
  const { writes } = injector.disarm();
  if (error !== null) problems.push(`${deed.name}, undisturbed: ${error.code}: ${error.message}`);
  problems.push(...(await check()).map((what) => `${deed.name}, undisturbed: ${what}`));
  return { writes, faults, problems };
}

/** Resolves once what the deed has left in the background is done as well. */
async function attempt({ act }: Deed, injector: FaultInjector): Promise<ErrorShape | null> {
  try {
    await act();
    return null;
  } catch (error) {
    return toErrorShape(error);
  } finally {
    await injector.quiet();
  }
}

/** A failure names its file and what to do, under a code of its own. */
function complaintsOn({ code, message, remedy }: ErrorShape): string[] {
  const complaints: string[] = [];
  if (code.startsWith('internal/')) complaints.push(`the error has no code of its own: ${message}`);
  if (!/[/\\]/.test(message)) complaints.push(`the error names no file: ${code}: ${message}`);
  if (remedy === undefined) complaints.push(`the error says no remedy: ${code}: ${message}`);
  return complaints;
}

/** What was begun below a folder and is still lying there. */
export function halfDone(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(tmp|new|part)$|\.tmp-|\.import-|\.staging-|microbatch-bundle-/.test(name));
}
