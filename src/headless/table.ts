import { withoutControlCharacters } from '../contracts/control-characters.ts';
import { bold } from './terminal.ts';

export interface Column {
  readonly title: string;
  /** Figures stand on the right, words on the left. */
  readonly align: 'left' | 'right';
}

export const left = (title: string): Column => ({ title, align: 'left' });
export const right = (title: string): Column => ({ title, align: 'right' });

/** Lines of a table with aligned columns, two spaces between them; control characters in cells, as of imported names, are shown as their codes. Its header bold where the terminal shows it. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(withoutControlCharacters));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...shown.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        const width = widths[index] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [bold(line(columns.map(({ title }) => title))), ...shown.map(line)];
}
