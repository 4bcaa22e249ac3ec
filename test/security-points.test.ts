import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs', 'guide', 'security.md'), 'utf8');

/** The cells of the rows of every table of the page, without head and rule. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| *(\||what)/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const points = rows.filter((cells) => /^\d+$/.test(cells[0] ?? ''));

/** `file`: title. */
function namedTest(cell: string): { readonly file: string; readonly title: string } | null {
  const [, file, title] = /^`([^`]+\.test\.ts)`: (.+)$/.exec(cell) ?? [];
  return file === undefined || title === undefined ? null : { file, title };
}

/** Titles of the tests of a file: what `it` and `it.each` are given first. */
function titlesOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [
    ...text.matchAll(/(?:\bit\(|\]\s*(?:as const)?\)\(|\bit\.each\([^)]*\)\()\s*(['"`])((?:\\.|(?!\1).)*)\1/gs),
  ].map(([, , title]) => (title ?? '').replaceAll("\\'", "'"));
}

describe("the table of Electron's twenty security points", () => {
  it('has each of them, in its order', () => {
    expect(points.map(([number]) => Number(number))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it.each(rows.map((cells) => [cells.slice(0, -1).join(', '), cells.at(-1) ?? ''] as const))(
    'names for "%s" a test that exists, or a reason',
    (_point, cell) => {
      if (cell.startsWith('reason: ')) {
        expect(cell.length).toBeGreaterThan(40);
        return;
      }
      const named = namedTest(cell);
      expect(named, cell).not.toBeNull();
      expect(existsSync(join(root, named?.file ?? '')), cell).toBe(true);
      expect(titlesOf(named?.file ?? '')).toContain(named?.title);
    },
  );

  it('gives a reason in place of a test for one point at most', () => {
    expect(points.filter((cells) => cells.at(-1)?.startsWith('reason: '))).toHaveLength(1);
  });
});
