import { resolve } from 'node:path';
import type { Command } from 'commander';
import { withoutControlCharacters } from '../../contracts/control-characters.ts';
import type { DoctorDocument, DoctorFinding } from '../../contracts/doctor.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { takeHostLock } from '../../lab/host-lock.ts';
import { libraryFolder } from '../../lab/user-folders.ts';
import { examine } from '../../library/doctor/doctor.ts';
import { openLibrary } from '../../library/library.ts';
import { counted } from '../format.ts';
import { printAll, printJson } from '../terminal.ts';
import { jsonOption, libraryOption } from '../usage.ts';

interface DoctorOptions {
  readonly fix?: boolean;
  readonly library?: string;
  readonly json?: boolean;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'Check every file of a library: records, recorded points, checkpoints with their hashes, sweeps, queue.',
    )
    .option('--fix', 'make again what can be made again, and move what is damaged to the quarantine of the library')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(doctor);
}

async function doctor({ fix = false, library: named, json }: DoctorOptions): Promise<void> {
  const folder = resolve(libraryFolder(named));
  const report = fix ? await examineAsHost(folder) : await examine(folder, { fix });
  if (json) printJson(report);
  else await printAll(describe(report));
  if (report.sound) return;
  const remaining = report.findings.filter(isOpen).length;
  throw new MicrobatchError({
    code: 'doctor/damaged',
    message: `the library ${report.library} holds ${counted(remaining, 'damaged thing')}`,
    expected: 'sound files',
    remedy: fix
      ? 'see above why they could not be repaired'
      : '`doctor --fix` does what is said above; bring back from a copy what it cannot',
  });
}

/** Nobody else may train or write meanwhile. A folder of something else gets no lock. */
async function examineAsHost(folder: string): Promise<DoctorDocument> {
  await openLibrary(folder);
  const lock = takeHostLock(folder, 'the command line (microbatch doctor --fix)');
  try {
    return await examine(folder, { fix: true });
  } finally {
    lock.release();
  }
}

const isOpen = ({ kind, done }: DoctorFinding): boolean => kind === 'damaged' && done === null;

function describe({ library, checked, findings, quarantine, sound }: DoctorDocument): string[] {
  const { runs, checkpoints, traces, weights, sweeps, trash } = checked;
  const parts = [
    counted(runs, 'run'),
    counted(checkpoints, 'checkpoint'),
    counted(traces, 'trace'),
    `${String(weights)} imported weights`,
    counted(sweeps, 'sweep'),
    `${counted(trash, 'thing')} in the trash`,
  ];
  const lines = [`${library}: looked at ${parts.join(', ')}.`, ...findings.flatMap(describeFinding)];
  if (quarantine !== null)
    lines.push('', `What was taken out lies in ${quarantine} in the library. Nothing was deleted.`);
  if (findings.length === 0) lines.push('Everything is as it should be.');
  else if (sound) lines.push('', 'Nothing damaged remains in the library.');
  return lines.map(withoutControlCharacters);
}

function describeFinding({ kind, path, code, message, recoverable, outlook, done }: DoctorFinding): string[] {
  const loss = kind !== 'damaged' ? '' : recoverable ? ' (recoverable)' : ' (not recoverable without a copy)';
  return [
    '',
    `${kind}${loss}: ${path === '' ? 'the library' : path}`,
    `  ${code}: ${message}`,
    `  ${done === null ? outlook : `done: ${done}`}`,
  ];
}
