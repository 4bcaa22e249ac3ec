import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import { promisify } from 'node:util';
import { benchMode, caseResult, nets } from './engine-cases.ts';
import type { CaseResult, EngineCase } from './engine-cases.ts';
import { machineName, median } from './report.ts';
import type { BenchReport, BenchRow } from './report.ts';

const run = promisify(execFile);
const ourProgram = fileURLToPath(new URL('engine-case.ts', import.meta.url));
const peerProgram = fileURLToPath(new URL('engine_peer.py', import.meta.url));

const rounds = 3;
const threads = 1;

/**
 * Times every net in every mode on the onnx executor and, where a Python with torch is given, on PyTorch. The two take
 * turns, each round in a new process; the figures are medians over rounds of medians over calls.
 */
export async function benchEngine(python: string | undefined, say: (line: string) => void): Promise<BenchReport> {
  const peer = python === undefined ? undefined : await usablePeer(python, say);
  if (python === undefined) {
    say('NO PEER: peer and ratio stay empty. Give a Python with torch by --python PATH or MICROBATCH_PYTHON.');
  }
  const rows: BenchRow[] = [];
  for (const net of nets) {
    for (const mode of benchMode.options) {
      const job = { net, mode, threads, warmUp: 5, calls: 30 };
      const ours: CaseResult[] = [];
      const theirs: CaseResult[] = [];
      for (let round = 0; round < rounds; round += 1) {
        ours.push(await measure(process.execPath, ourProgram, job));
        if (peer !== undefined) theirs.push(await measure(peer, peerProgram, job));
      }
      for (const [unit, quantity] of [
        ['ms', 'milliseconds'],
        ['MB', 'megabytes'],
      ] as const) {
        const mine = median(ours.map((result) => result[quantity]));
        const other = theirs.length === 0 ? null : median(theirs.map((result) => result[quantity]));
        rows.push({
          case: net.name,
          executor: 'onnx',
          mode,
          threads,
          unit,
          ours: mine,
          peer: other,
          ratio: other === null ? null : mine / other,
          better: 'lower',
        });
      }
      say(`${net.name} ${mode} done`);
    }
  }
  return { machine: machineName(), rows };
}

async function measure(program: string, script: string, job: EngineCase): Promise<CaseResult> {
  const { stdout } = await run(program, [script, JSON.stringify(job)]);
  return caseResult.parse(JSON.parse(stdout));
}

/** The Python, if it has torch; otherwise undefined, and the reason is said. */
async function usablePeer(python: string, say: (line: string) => void): Promise<string | undefined> {
  try {
    const { stdout } = await run(python, ['-c', 'import torch; print(torch.__version__)']);
    say(`peer: PyTorch ${stdout.trim()}`);
    return python;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    say(`NO PEER: ${python} cannot import torch (${reason}); peer and ratio stay empty.`);
    return undefined;
  }
}
