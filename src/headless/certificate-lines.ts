import type { Certificate } from '../contracts/certificate.ts';
import { describeError } from '../contracts/errors.ts';
import { count, counted, duration, moment } from './format.ts';

const outcomes: Readonly<Record<Certificate['outcome'], string>> = {
  verified: 'verified',
  'not-comparable': 'not comparable',
  failed: 'FAILED',
};

/** One line: what a verification came to, and when. */
export function certificateText({ outcome, at, replay, execution }: Certificate): string {
  const replayed =
    replay === null
      ? 'no steps taken again'
      : `steps ${count(replay.from)} to ${count(replay.to)} taken again: ${replay.equal ? 'the same bytes' : 'other bytes'}`;
  const where = execution === null ? '' : `, on ${execution.executor} (${execution.version}, ${execution.device})`;
  return `${outcomes[outcome]} ${moment(at)}, ${replayed}${where}`;
}

/** All that a certificate says, for a terminal. */
export function certificateLines(certificate: Certificate): string[] {
  const { run, files, replay, notes, damaged } = certificate;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    `run ${run}: ${certificateText(certificate)}`,
    `  files   ${counted(files.length, 'file')}, ${count(bytes)} bytes`,
    ...(replay === null
      ? []
      : [`  saved   ${replay.saved}`, `  replay  ${replay.replayed}, in ${duration(replay.seconds)}`]),
    ...notes.map((note) => `  note    ${note}`),
    ...damaged.map((error) => `  damage  ${describeError(error)}`),
  ];
}
