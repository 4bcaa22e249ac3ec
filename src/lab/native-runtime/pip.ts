import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { PinnedWheel } from './pinned-wheels.ts';
import type { ReportProgress } from './progress.ts';

export interface PipOptions {
  /** The Python whose pip is asked; `python3` unless named. */
  readonly python?: string | undefined;
  /** Instead of the index in pip's own settings. */
  readonly indexUrl?: string | undefined;
}

const lookMilliseconds = 500;

/**
 * Fetches one wheel into a folder with pip, whose own settings decide where it comes from: index, mirror, proxy,
 * certificates, credentials. pip itself checks the hash. Throws `runtime/no-pip`, `runtime/pip-failed` with pip's words.
 */
export async function downloadWithPip(
  wheel: PinnedWheel,
  folder: string,
  { python = 'python3', indexUrl }: PipOptions,
  report: ReportProgress,
): Promise<void> {
  await requirePip(python);
  const half = join(folder, 'half');
  mkdirSync(half, { recursive: true });
  const what = `fetching ${wheel.project} ${wheel.version} with pip`;
  const watch = setInterval(() => {
    report({ what, fraction: Math.min(greatestFile(half) / wheel.bytes, 1) });
  }, lookMilliseconds);
  try {
    const { code, words } = await run(
      python,
      [
        ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--progress-bar=off'],
        ...['--python-version=311', '--platform=manylinux2014_x86_64', '--disable-pip-version-check'],
        ...(indexUrl === undefined ? [] : [`--index-url=${indexUrl}`]),
        ...[`--dest=${folder}`, `${wheel.project}==${wheel.version}`],
      ],
      // pip writes what it is fetching into its temporary folder: there it can be watched.
      { ...process.env, TMPDIR: half, PIP_RESUME_RETRIES: '5' },
    );
    if (code === 0) return;
    throw new MicrobatchError({
      code: 'runtime/pip-failed',
      message: `pip could not fetch ${wheel.project} ${wheel.version}: ${lastLine(words)}`,
      remedy: `see pip's settings (${python} -m pip config list), or fetch ${wheel.file} elsewhere and use --from FILE`,
    });
  } finally {
    clearInterval(watch);
    rmSync(half, { recursive: true, force: true });
  }
}

async function requirePip(python: string): Promise<void> {
  const { code, words } = await run(python, ['-m', 'pip', '--version'], process.env);
  if (code === 0) return;
  throw new MicrobatchError({
    code: 'runtime/no-pip',
    message: `${python} with pip is needed to fetch wheels: ${lastLine(words)}`,
    expected: 'a Python 3 with pip on the path',
    remedy: 'install one, or fetch the wheels elsewhere and use --from FILE or --from DIR',
  });
}

interface Ended {
  /** Null where the program could not be started. */
  readonly code: number | null;
  /** All that it wrote. */
  readonly words: string;
}

function run(program: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ code: null, words: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, words: output }));
  });
}

function lastLine(words: string): string {
  return words.trim().split('\n').at(-1)?.trim() ?? '';
}

function greatestFile(folder: string): number {
  const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat.size : 0;
  });
  return Math.max(0, ...sizes);
}
