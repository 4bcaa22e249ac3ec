import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunRecord } from '../../src/contracts/run-record.ts';
import type { RunSpec } from '../../src/contracts/run-spec.ts';
import { RunningCommand } from '../../test/command-line.ts';
import { lostPoints, observe, stateHash, tornCheckpoints } from './observation.ts';
import type { Observation, Points } from './observation.ts';

/** How a run ends that nobody disturbs, and how long its processes take. */
export interface Reference {
  readonly spec: RunSpec;
  readonly state: string;
  readonly points: Points;
  /** Milliseconds from the start of the host, and from the start of the training process, to the end. */
  readonly span: Readonly<Record<Target, number>>;
}

export type Target = 'runner' | 'host';

export interface Strike {
  readonly target: Target;
  /** Share of the undisturbed span after which it comes. */
  readonly at: number;
}

/** The command line on one library of one run. */
class Drilled {
  readonly library: string;
  readonly #home: string;
  readonly #spec: string;

  constructor(folder: string, spec: RunSpec) {
    this.library = join(folder, 'library');
    this.#home = join(folder, 'home');
    this.#spec = join(folder, 'spec.json');
    mkdirSync(folder, { recursive: true });
    writeFileSync(this.#spec, JSON.stringify(spec));
  }

  /** Starts the run, or goes on with it where there is one. */
  start(record: RunRecord | null): RunningCommand {
    const verb = record === null ? ['run', '--spec', this.#spec] : ['resume', record.id];
    return new RunningCommand([...verb, '--library', this.library], { home: this.#home });
  }

  /** The training process, once the record names it; null where the command ends before. */
  async trainingProcess(command: RunningCommand): Promise<number | null> {
    const ended = command.ended.then(() => true);
    do {
      const pid = (await observe(this.library)).record?.process?.pid;
      if (pid !== undefined) return pid;
    } while (!(await Promise.race([ended, wait(20, false)])));
    return null;
  }
}

/** Trains undisturbed. Throws where even that does not work. */
export async function trainReference(folder: string, spec: RunSpec): Promise<Reference> {
  const drilled = new Drilled(folder, spec);
  const begin = performance.now();
  const command = drilled.start(null);
  await drilled.trainingProcess(command);
  const started = performance.now();
  const { code, stderr } = await command.ended;
  const end = performance.now();
  const { record, points } = await observe(drilled.library);
  if (code !== 0 || record === null) throw new Error(`the undisturbed run ended with ${String(code)}: ${stderr}`);
  const state = await stateHash(drilled.library, record, spec.steps);
  return { spec, state, points, span: { host: end - begin, runner: end - started } };
}

/** Trains with blows and goes on after each; returns what is not as it must be. */
export async function drillRound(folder: string, reference: Reference, strikes: readonly Strike[]): Promise<string[]> {
  const drilled = new Drilled(folder, reference.spec);
  const problems: string[] = [];
  let record: RunRecord | null = null;
  for (const strike of strikes) {
    if (record?.status === 'done') break;
    const before = await strikeOnce(drilled, record, reference, strike);
    const after = await observe(drilled.library);
    problems.push(...(await checkAfterStrike(drilled.library, before, after)));
    record = after.record;
  }
  if (record?.status !== 'done') {
    const { code, stderr } = await drilled.start(record).ended;
    if (code !== 0) problems.push(`going on ended with ${String(code)}: ${stderr.trim()}`);
  }
  return [...problems, ...(await checkEnd(drilled.library, reference))];
}

/** Returns what a reader had been told in the instant before the blow. */
async function strikeOnce(
  drilled: Drilled,
  record: RunRecord | null,
  { span }: Reference,
  { target, at }: Strike,
): Promise<Observation> {
  const command = drilled.start(record);
  const runner = target === 'runner' ? await drilled.trainingProcess(command) : null;
  await Promise.race([wait(at * span[target]), command.ended]);
  const before = await observe(drilled.library);
  if (target === 'host') command.signal('SIGKILL');
  else if (runner !== null) kill(runner);
  await command.ended;
  return before;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It was done an instant earlier.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function checkAfterStrike(library: string, before: Observation, after: Observation): Promise<string[]> {
  const problems = [...before.problems, ...after.problems, ...lostPoints(before.points, after.points)];
  if (before.record !== null && after.record === null) problems.push(`the record of ${before.record.id} is gone`);
  if (after.newest < before.newest) {
    problems.push(`the newest checkpoint was of step ${String(before.newest)}, is of ${String(after.newest)}`);
  }
  if (after.record !== null) problems.push(...(await tornCheckpoints(library, after.record)));
  return problems;
}

async function checkEnd(library: string, { spec, state, points }: Reference): Promise<string[]> {
  const { record, points: recorded, problems } = await observe(library);
  if (record === null) return [...problems, 'there is no run'];
  if (record.status !== 'done') return [...problems, `the run is ${record.status} at step ${String(record.step)}`];
  const found = [
    ...problems,
    ...lostPoints(points, recorded).map((text) => `compared with the undisturbed run: ${text}`),
  ];
  found.push(...lostPoints(recorded, points).map((text) => `compared with this run, the undisturbed one: ${text}`));
  const ended = await stateHash(library, record, spec.steps);
  if (ended !== state) found.push(`the last state has the SHA-256 ${ended}, undisturbed ${state}`);
  return [...found, ...(await tornCheckpoints(library, record))];
}
