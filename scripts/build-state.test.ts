import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBuildStale } from './build-state.ts';

describe('a build', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'build-state-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (file: string, seconds: number): void => {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    utimesSync(path, seconds, seconds);
  };
  const build = (seconds: number): void => {
    for (const file of ['main/index.js', 'main/runner.js', 'preload/preload.cjs', 'renderer/index.html']) {
      write(join('out', file), seconds);
    }
  };

  it('is stale where there is none, or only a part of one', () => {
    write('src/main/index.ts', 1000);
    expect(isBuildStale(root)).toBe(true);
    write('out/main/index.js', 2000);
    expect(isBuildStale(root)).toBe(true);
  });

  it('is fresh while nothing that it is made from is newer', () => {
    write('src/main/index.ts', 1000);
    write('src/main/index.test.ts', 3000);
    write('package.json', 1000);
    build(2000);
    expect(isBuildStale(root)).toBe(false);
  });

  it.each(['src/renderer/deep/Screen.vue', 'package-lock.json', 'electron.vite.config.ts'])(
    'is stale after a change of %s',
    (file) => {
      build(2000);
      write(file, 3000);
      expect(isBuildStale(root)).toBe(true);
    },
  );
});
