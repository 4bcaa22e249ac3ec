import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applicationPaths } from './application-paths.ts';

describe('where the application lies', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'application-'));
    writeFileSync(join(root, 'package.json'), '{ "name": "microbatch", "type": "module" }');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const moduleAt = (...parts: string[]): string => {
    mkdirSync(join(root, ...parts.slice(0, -1)), { recursive: true });
    return pathToFileURL(join(root, ...parts)).href;
  };

  it('starts runners from the sources when it runs from the sources', () => {
    const paths = applicationPaths(moduleAt('src', 'headless', 'cli.ts'));
    expect(paths).toMatchObject({
      root,
      built: false,
      resources: join(root, 'resources'),
      runner: join(root, 'src', 'runner', 'main.ts'),
    });
  });

  it('starts built runners when it is built, however deep the chunk lies', () => {
    for (const module of [moduleAt('out', 'main', 'index.js'), moduleAt('out', 'main', 'chunks', 'paths-abc.js')]) {
      expect(applicationPaths(module)).toMatchObject({
        root,
        built: true,
        resources: join(root, 'resources'),
        runner: join(root, 'out', 'main', 'runner.js'),
        preload: join(root, 'out', 'preload', 'preload.cjs'),
      });
    }
  });

  it('passes by the package.json of another package', () => {
    const module = moduleAt('out', 'inner', 'index.js');
    writeFileSync(join(root, 'out', 'package.json'), '{ "name": "something-else" }');
    expect(applicationPaths(module).root).toBe(root);
  });

  it('reads data beside an archive, not inside it', () => {
    mkdirSync(join(root, 'app.asar'));
    writeFileSync(join(root, 'app.asar', 'package.json'), '{ "name": "microbatch" }');
    const paths = applicationPaths(moduleAt('app.asar', 'out', 'main', 'index.js'));
    expect(paths.resources).toBe(join(root, 'app.asar.unpacked', 'resources'));
    expect(paths.preload).toBe(join(root, 'app.asar', 'out', 'preload', 'preload.cjs'));
  });

  it('says so when there is none', () => {
    expect(() => applicationPaths(pathToFileURL('/nowhere/at/all.js').href)).toThrow(/package.json of microbatch/);
  });
});
