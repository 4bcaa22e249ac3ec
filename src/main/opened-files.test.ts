import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesOfCommandLine, OpenedFiles } from './opened-files.ts';

describe('the files of a command line', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'opened-'));
    writeFileSync(join(folder, 'spec.json'), '{}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const packaged = (...words: string[]): string[] =>
    filesOfCommandLine(['/opt/microbatch/microbatch', ...words], { isPackaged: true, folder });

  it('are those that are there, from the folder where it was typed', () => {
    expect(packaged('spec.json')).toEqual([join(folder, 'spec.json')]);
    expect(packaged(join(folder, 'spec.json'))).toEqual([join(folder, 'spec.json')]);
  });

  it.each([
    ['a switch', '--inspect=spec.json'],
    ['a switch of Chromium', '--allow-file-access-from-files'],
    ['an address', 'microbatch://spec.json'],
    ['nothing', ''],
    ['a file that is not there', 'other.json'],
  ])('are not %s', (_what, word) => expect(packaged(word)).toEqual([]));

  it('begin behind the application where it is not packaged', () => {
    const words = ['electron', '.', 'spec.json'];
    expect(filesOfCommandLine(words, { isPackaged: false, folder })).toEqual([join(folder, 'spec.json')]);
  });
});

describe('opened files', () => {
  it('wait until they are taken, each once, and say so', () => {
    const opened = new OpenedFiles();
    const heard: number[] = [];
    opened.onWaiting((waiting) => heard.push(waiting));
    opened.add([]);
    opened.add(['/a', '/b']);
    opened.add(['/b']);
    expect(heard).toEqual([2, 2]);
    expect(opened.take()).toEqual(['/a', '/b']);
    expect(opened.take()).toEqual([]);
  });
});
