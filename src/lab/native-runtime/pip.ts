import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { PinnedWheel } from './pinned-wheels.ts';
import type { Follow } from './progress.ts';
import { runProgram } from './run-program.ts';

export interface PipOptions {
  /** The Python whose pip is asked; `python3` unless named. */
  readonly python?: string | undefined;
  /** Instead of the index in pip's own settings. */
  readonly indexUrl?: string | undefined;
}

interface PipFollow extends Pick<Follow, 'line' | 'signal'> {
  /** Told how many bytes have arrived. */
  readonly report: (bytes: number) => void;
}

const lookMilliseconds = 500;

/**
 * Fetches one wheel into a folder with pip, whose own settings decide where it comes from: index, mirror, proxy,
 * certificates, credentials. Nothing half fetched stays. Throws `runtime/no-pip`, `runtime/pip-failed` with pip's words.
 */
export async function downloadWithPip(
  wheel: PinnedWheel,
  folder: string,
  { python = 'python3', indexUrl }: PipOptions,
  { report, line, signal }: PipFollow,
): Promise<void> {
  const env = safeEnvironment();
  await requirePip(python, env, signal);
  const half = join(folder, 'half');
  mkdirSync(half, { recursive: true });
  report(0);
  const watch = setInterval(() => {
    const arrived = greatestFile(half);
    if (arrived !== null) report(Math.min(arrived, wheel.bytes));
  }, lookMilliseconds);
  try {
    const { code, words } = await runProgram(
      python,
      [
        ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--progress-bar=off'],
        ...['--python-version=311', '--platform=manylinux2014_x86_64', '--disable-pip-version-check'],
        ...(indexUrl === undefined ? [] : [`--index-url=${indexUrl}`]),
        ...[`--dest=${folder}`, `${wheel.project}==${wheel.version}`],
      ],
      // pip writes what it is fetching into its temporary folder: there it can be watched.
      {
        env: { ...env, TMPDIR: half, PIP_RESUME_RETRIES: '5' },
        signal,
        ...(line === undefined ? {} : { line }),
      },
    );
    if (code === 0) return;
    throw new MicrobatchError({
      code: 'runtime/pip-failed',
      message: `pip could not fetch ${wheel.project} ${wheel.version}: ${lastLine(words)}`,
      remedy: `see pip's settings (${python} -m pip config list), or fetch ${wheel.file} elsewhere and install from that file`,
    });
  } finally {
    clearInterval(watch);
    await rm(half, { recursive: true, force: true });
  }
}

/**
 * `python -m` looks into the working folder before anywhere else: without this, a file pip.py in a folder that somebody
 * else wrote would run in place of pip. Of effect from Python 3.11 on.
 */
const safeEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, PYTHONSAFEPATH: '1' });

async function requirePip(python: string, env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<void> {
  const { code, words } = await runProgram(python, ['-m', 'pip', '--version'], { env, signal });
  if (code === 0) return;
  throw new MicrobatchError({
    code: 'runtime/no-pip',
    message: `${python} with pip is needed to fetch wheels: ${lastLine(words)}`,
    expected: 'a Python 3 with pip on the path',
    remedy: 'install one, or fetch the wheels elsewhere and install from a file or folder',
  });
}

function lastLine(words: string): string {
  return words.trim().split('\n').at(-1)?.trim() ?? '';
}

/** Bytes of the greatest file below a folder; null where pip removes one of its own folders while it is looked at. */
function greatestFile(folder: string): number | null {
  try {
    const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
      const stat = statSync(join(folder, name), { throwIfNoEntry: false });
      return stat?.isFile() === true ? stat.size : 0;
    });
    return Math.max(0, ...sizes);
  } catch {
    return null;
  }
}
