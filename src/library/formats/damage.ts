import { MicrobatchError } from '../../contracts/errors.ts';

/** A file whose content breaks the rules of its form. */
export function damagedFile(path: string, problem: string, expected: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'import/damaged-file',
      message: `${path} cannot be used: ${problem}`,
      expected,
      remedy: 'bring the file back from where it was written',
    },
    { cause },
  );
}

/** A value of a file in an error: short, and without characters that move a terminal's cursor. */
export function quoted(text: string): string {
  return JSON.stringify(bare(text));
}

/** The same without quotation marks, for what is no text of people. */
export function bare(text: string): string {
  const printable = text.slice(0, 61).replaceAll(/\p{C}/gu, '\ufffd');
  return printable.length > 60 ? `${printable.slice(0, 60)}…` : printable;
}
