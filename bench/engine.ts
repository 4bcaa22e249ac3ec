import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import { promisify } from 'node:util';
import { listExecutors } from '../src/engine/executors/registry.ts';
import { runtimesFolder } from '../src/lab/user-folders.ts';
import { benchMode, nets } from './engine-cases.ts';
import type { BenchMode, BenchNet, RoundResult } from './engine-cases.ts';
import { workOf } from './engine-work.ts';
import { measurePeak } from './matrix-peak.ts';
import { machineName, median } from './report.ts';
import type { BenchReport, BenchRow } from './report.ts';
import { TimedProcess } from './timed-process.ts';

const execute = promisify(execFile);
const ourProgram = fileURLToPath(new URL('engine-case.ts', import.meta.url));
const peerProgram = fileURLToPath(new URL('engine_peer.py', import.meta.url));

/** Executors that are compared; the interpreters are oracles and fallbacks, not contestants. */
const contestants = ['onnx', 'tfjs-node-gpu'];
const threadCounts = [1, 2];
const rounds = 5;
const roundMilliseconds = 1000;
const greatestCalls = 40;
/** As it was before this process asked what works here: TensorFlow's threads, once set, would be those of every contestant. */
const environment = { ...process.env };

export interface BenchOptions {
  /** A Python with torch. */
  readonly python: string | undefined;
  /** Cases whose name, such as `resnet18 b16 penalised, 1 thread`, contains this text; all unless given. */
  readonly only: string | undefined;
  readonly say: (line: string) => void;
}

/**
 * Times every net in every mode on the executors that work here and, where a Python with torch is given, on PyTorch. All
 * of them stay loaded and take turns, so that what else the machine does meets all alike; a ratio is the median of the
 * rounds' ratios. A case of which a process ends is left out and said, and makes the exit code 1.
 */
export async function benchEngine({ python, only = '', say }: BenchOptions): Promise<BenchReport> {
  const peer = python === undefined ? undefined : await usablePeer(python, say);
  if (python === undefined) {
    say('NO PEER: peer and ratio stay empty. Give a Python with torch by --python PATH or MICROBATCH_PYTHON.');
  }
  const reports = await listExecutors({ threads: 1, runtimes: runtimesFolder() });
  const executors = reports.filter(({ name, usable }) => usable && contestants.includes(name)).map(({ name }) => name);
  for (const { name, reason } of reports) {
    if (contestants.includes(name) && !executors.includes(name)) say(`NOT MEASURED: ${name}: ${reason}`);
  }
  const rows: BenchRow[] = [];
  for (const threads of threadCounts) {
    const peak = await measurePeak(threads);
    rows.push(peakRow(threads, peak));
    say(`matrix product, ${String(threads)} threads: ${peak.toFixed(0)} GFLOP/s`);
    for (const net of nets) {
      for (const mode of benchMode.options) {
        const name = `${net.name} ${mode}, ${threads === 1 ? '1 thread' : `${String(threads)} threads`}`;
        if (!name.includes(only)) continue;
        try {
          rows.push(...(await compare(net, mode, threads, executors, peer, peak)));
          say(`${name}: done`);
        } catch (error) {
          // The other cases are worth their figures all the same.
          say(`NOT MEASURED: ${name}: ${error instanceof Error ? error.message : String(error)}`);
          process.exitCode = 1;
        }
      }
    }
  }
  return { machine: machineName(), rows };
}

async function compare(
  net: BenchNet,
  mode: BenchMode,
  threads: number,
  executors: readonly string[],
  peer: string | undefined,
  peak: number,
): Promise<BenchRow[]> {
  const words = [mode, String(threads)];
  const ours = executors.map(
    (name) => new TimedProcess(process.execPath, [ourProgram, name, net.name, ...words], environment),
  );
  const theirs =
    peer === undefined ? [] : [new TimedProcess(peer, [peerProgram, JSON.stringify(net), ...words], environment)];
  const all = [...ours, ...theirs];
  try {
    const calls: number[] = [];
    for (const contestant of all) calls.push(await callsOfRound(contestant));
    const results: RoundResult[][] = all.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, contestant] of all.entries()) results[index]?.push(await contestant.round(calls[index] ?? 1));
    }
    const opposite = theirs.length === 0 ? undefined : results.at(-1);
    const work = workOf(net, mode);
    return executors.flatMap((executor, index) =>
      rowsOf(net, mode, threads, executor, results[index] ?? [], opposite, work, peak),
    );
  } finally {
    for (const contestant of all) contestant.end();
  }
}

/** The first call may compile, the second may still settle; the third says how many fill a round. */
async function callsOfRound(contestant: TimedProcess): Promise<number> {
  await contestant.round(2);
  const { milliseconds } = await contestant.round(1);
  return Math.min(greatestCalls, Math.max(1, Math.round(roundMilliseconds / milliseconds)));
}

function rowsOf(
  net: BenchNet,
  mode: BenchMode,
  threads: number,
  executor: string,
  ours: readonly RoundResult[],
  peer: readonly RoundResult[] | undefined,
  work: number,
  peak: number,
): BenchRow[] {
  const row = (unit: string, quantity: keyof RoundResult): BenchRow => {
    const mine = ours.map((result) => result[quantity]);
    const other = peer?.map((result) => result[quantity]);
    return {
      case: net.name,
      executor,
      mode,
      threads,
      unit,
      ours: median(mine),
      peer: other === undefined ? null : median(other),
      ratio: other === undefined ? null : median(mine.map((value, round) => value / (other[round] ?? Number.NaN))),
      better: 'lower',
    };
  };
  const wall = row('ms', 'milliseconds');
  return [
    { ...wall, peakShare: work / (wall.ours * 1e6) / peak },
    row('CPU ms', 'cpuMilliseconds'),
    row('MB', 'megabytes'),
  ];
}

function peakRow(threads: number, peak: number): BenchRow {
  const unmatched = { peer: null, ratio: null, better: 'higher' } as const;
  return { case: 'matrix product', executor: 'onnx', mode: 'peak', threads, unit: 'GFLOP/s', ours: peak, ...unmatched };
}

/** The Python, if it has torch; otherwise undefined, and the reason is said. */
async function usablePeer(python: string, say: (line: string) => void): Promise<string | undefined> {
  try {
    const { stdout } = await execute(python, ['-c', 'import torch; print(torch.__version__)']);
    say(`peer: PyTorch ${stdout.trim()}`);
    return python;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    say(`NO PEER: ${python} cannot import torch (${reason}); peer and ratio stay empty.`);
    return undefined;
  }
}
