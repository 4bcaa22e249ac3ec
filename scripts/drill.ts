/**
 * `npm run drill -- --rounds N [--seed S]`: kills training processes and hosts with SIGKILL at random instants, and holds
 * what is left and what a resume makes of it to what was acknowledged and to an undisturbed run. Closes with
 * `N passed, N failed`. The blows follow from the seed; what they meet depends on the machine's timing as well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { RandomStream } from '../src/engine/training/random.ts';
import { drillRound, trainReference } from './drill/round.ts';
import type { Reference, Strike } from './drill/round.ts';
import { drilledSpecs } from './drill/specs.ts';

const options = z.object({ rounds: z.int(), seed: z.int() });

function wholeNumber(text: string): number {
  const parsed = z.coerce.number().int().min(1).max(0xffffffff).safeParse(text);
  if (parsed.success && text.trim() !== '') return parsed.data;
  throw new InvalidArgumentError('expected a whole number from 1');
}

/** One blow, in every third round two; the second one meets the resume. */
function planStrikes(stream: RandomStream, round: number): Strike[] {
  const share = (): number => stream.next() / 2 ** 32;
  const strike = (longest: number): Strike => ({
    target: share() < 0.5 ? 'runner' : 'host',
    at: share() * longest,
  });
  return round % 3 === 2 ? [strike(1), strike(0.6)] : [strike(1)];
}

const describeStrike = ({ target, at }: Strike): string => `${target} at ${(100 * at).toFixed(0)} %`;

/** Resolves with the number of rounds that failed. */
async function drill(folder: string, rounds: number, seed: number): Promise<number> {
  const stream = RandomStream.named(seed, 'drill');
  const references: { title: string; reference: Reference }[] = [];
  for (const [title, spec] of Object.entries(drilledSpecs).slice(0, rounds)) {
    const reference = await trainReference(join(folder, `reference-${String(references.length)}`), spec);
    references.push({ title, reference });
  }
  let failed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const strikes = planStrikes(stream, round);
    const drilled = references[round % references.length];
    if (drilled === undefined) throw new Error('there is no spec to drill');
    const place = join(folder, `round-${String(round + 1)}`);
    const problems = await drillRound(place, drilled.reference, strikes).catch((error: unknown) => [String(error)]);
    const outcome = problems.length === 0 ? 'ok    ' : 'FAILED';
    console.log(`${outcome} round ${String(round + 1)}: ${drilled.title}: ${strikes.map(describeStrike).join(', ')}`);
    for (const problem of problems) console.log(`         ${problem}`);
    if (problems.length === 0) rmSync(place, { recursive: true, force: true });
    else failed += 1;
  }
  return failed;
}

const command = new Command('drill')
  .option('--rounds <n>', 'how many runs are struck', wholeNumber, 10)
  .option('--seed <n>', 'draws targets and instants', wholeNumber, 1 + Math.floor(Math.random() * 1_000_000))
  .action(async (given: unknown) => {
    const { rounds, seed } = options.parse(given);
    console.log(`Seed ${String(seed)}: repeat with npm run drill -- --rounds ${String(rounds)} --seed ${String(seed)}`);
    const folder = mkdtempSync(join(tmpdir(), 'microbatch-drill-'));
    const failed = await drill(folder, rounds, seed);
    if (failed === 0) rmSync(folder, { recursive: true, force: true });
    else console.log(`What failed is kept in ${folder}`);
    console.log(`${String(rounds - failed)} passed, ${String(failed)} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  });

await command.parseAsync();
