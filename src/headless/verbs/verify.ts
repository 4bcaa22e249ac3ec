import type { Command } from 'commander';
import type { VerifyDocument } from '../../contracts/command-documents.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { certificateLines } from '../certificate-lines.ts';
import { changeLibrary } from '../change-library.ts';
import { openForReading } from '../open-lab.ts';
import { printAll, printJson } from '../terminal.ts';
import { jsonOption, libraryOption } from '../usage.ts';

interface VerifyOptions {
  readonly library?: string;
  readonly json?: boolean;
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('Check every file of a run, and take steps again from a checkpoint: the bytes must be the same.')
    .argument('<run>', 'id, unique beginning of an id, or unique name')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(verify);
}

async function verify(reference: string, { library: named, json }: VerifyOptions): Promise<void> {
  const { id } = await (await openForReading(named)).runs.resolve(reference);
  const options = { library: named, owner: 'the command line (microbatch verify)' };
  const certificate: VerifyDocument = await changeLibrary(options, (call) => call('runs.verify', { run: id }));
  if (json) printJson(certificate);
  else await printAll(certificateLines(certificate));
  if (certificate.outcome !== 'failed') return;
  throw new MicrobatchError({
    code: 'verify/failed',
    message: `run ${id} is not what its files say`,
    expected: 'sound files, and the same bytes from the same steps',
    remedy: 'the lines above name what differs; `show` keeps the certificate',
  });
}
