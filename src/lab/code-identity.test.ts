import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeIdentityFile, identifyCode, identifySources } from './code-identity.ts';

const [first, second] = ['1'.repeat(40), '2'.repeat(40)];
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-code-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

const commit = (root = folder): string | null => identifySources(root).commit;

describe('the commit of a checkout', () => {
  it('is that of the branch that HEAD names', () => {
    write('.git/HEAD', 'ref: refs/heads/topic/one\n');
    write('.git/refs/heads/topic/one', `${first}\n`);
    expect(commit()).toBe(first);
  });

  it('is found where git has packed the branch, and a newer loose one counts before that', () => {
    write('.git/HEAD', 'ref: refs/heads/main\n');
    write('.git/packed-refs', `# pack-refs with: peeled\n${second} refs/heads/old-main\n${first} refs/heads/main\n`);
    expect(commit()).toBe(first);
    write('.git/refs/heads/main', `${second}\n`);
    expect(commit()).toBe(second);
  });

  it('is HEAD itself where no branch is checked out', () => {
    write('.git/HEAD', `${first}\n`);
    expect(commit()).toBe(first);
  });

  it('is found from a linked worktree, whose branches lie in the main one', () => {
    write('tree/.git', `gitdir: ${join(folder, 'main/.git/worktrees/tree')}\n`);
    write('main/.git/worktrees/tree/HEAD', 'ref: refs/heads/topic\n');
    write('main/.git/worktrees/tree/commondir', '../..\n');
    write('main/.git/refs/heads/topic', `${second}\n`);
    expect(commit(join(folder, 'tree'))).toBe(second);
  });

  it.each([
    ['there is no checkout', {}],
    ['the branch has no commit yet', { '.git/HEAD': 'ref: refs/heads/main\n' }],
    ['HEAD is no commit', { '.git/HEAD': 'nonsense\n' }],
    ['HEAD leads out of the folder of git', { '.git/HEAD': 'ref: refs/../../secret\n', secret: first }],
  ])('is null where %s', (_, files) => {
    for (const [path, content] of Object.entries(files)) write(path, content);
    expect(commit()).toBeNull();
  });
});

describe('the version of the engine', () => {
  const engine = (): string | null => identifySources(folder).engine;

  it('changes with its sources, by name and content, and not with its tests or line ends', () => {
    write('src/engine/graph/rules.ts', 'one\ntwo\n');
    const version = engine();
    expect(version).toMatch(/^[0-9a-f]{64}$/);
    write('src/engine/graph/rules.test.ts', 'a test');
    write('src/engine/graph/rules.ts', 'one\r\ntwo\r\n');
    expect(engine()).toBe(version);
    write('src/engine/graph/rules.ts', 'one\nthree\n');
    expect(engine()).not.toBe(version);
    write('src/engine/graph/rules.ts', 'one\ntwo\n');
    write('src/engine/graph/more.ts', '');
    expect(engine()).not.toBe(version);
  });

  it('is null where the sources are not there', () => {
    expect(engine()).toBeNull();
  });
});

describe('the identity of a build', () => {
  const built = () => identifyCode({ root: folder, built: true });

  it('is what was written down when it was made, whatever is checked out since', () => {
    write('.git/HEAD', `${second}\n`);
    write(`out/main/${codeIdentityFile}`, JSON.stringify({ commit: first, engine: null }));
    expect(built()).toEqual({ commit: first, engine: null });
  });

  it('is not known where that is missing or damaged', () => {
    expect(built()).toEqual({ commit: null, engine: null });
    write(`out/main/${codeIdentityFile}`, '{"commit": "none"}');
    expect(built()).toEqual({ commit: null, engine: null });
  });
});
