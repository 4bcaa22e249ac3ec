import { describe, expect, it } from 'vitest';
import { FileHandles } from './file-handles.ts';

describe('the handle of a file', () => {
  it('leads to the file that the user gave, and is the same for the same file', async () => {
    const handles = new FileHandles();
    const { file, path } = handles.give('/data/runs.csv');
    expect(path).toBe('/data/runs.csv');
    expect(file).toMatch(/^file:[\w-]{32}\/runs\.csv$/);
    expect(handles.give('/data/runs.csv').file).toBe(file);
    expect(await handles.resolve(file)).toBe('/data/runs.csv');
  });

  it.each([
    ['a path, also of a file that was given', '/data/runs.csv'],
    ['a guess', 'file:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/runs.csv'],
    ['an address', 'file:///data/runs.csv'],
    ['a name that every object has', 'constructor'],
  ])('is the only way to it: %s is refused, without a word of the file', async (_what, named) => {
    const handles = new FileHandles();
    handles.give('/data/runs.csv');
    const refused = await handles.resolve(named).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'files/not-handed' });
    expect(String(refused)).not.toContain('/data');
  });

  it('is forgotten where ten thousand others came later', async () => {
    const handles = new FileHandles();
    const { file } = handles.give('/first');
    for (let index = 0; index < 10_000; index += 1) handles.give(`/${String(index)}`);
    await expect(handles.resolve(file)).rejects.toMatchObject({ code: 'files/not-handed' });
  });
});
