import { describe, expect, it } from 'vitest';
import { readThreads } from './read-threads.ts';

describe('the threads that a new run asks for', () => {
  it.each([
    ['', { threads: null }],
    ['  ', { threads: null }],
    ['2', { threads: 2 }],
    [' 4 ', { threads: 4 }],
  ])('are read from "%s"', (text, read) => {
    expect(readThreads(text, 4)).toEqual(read);
  });

  it.each(['0', '-1', '1.5', '257', 'two', '1e2', '0x2'])('are refused where "%s" was typed', (text) => {
    const { threads, error } = readThreads(text, 4);
    expect(threads).toBeUndefined();
    expect(error).toContain('whole number from 1 to 256');
  });

  it('above the cores come with a warning', () => {
    expect(readThreads('8', 4)).toMatchObject({ threads: 8, warning: expect.stringContaining('4 cores') as string });
    expect(readThreads('8', null)).toEqual({ threads: 8 });
  });
});
