import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changedSettings, initialSettings } from '../contracts/settings.ts';
import { managedSettings, policyFile, readPolicy, underPolicy } from './policy.ts';

describe('the policy of a machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'policy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const written = (content: unknown): string => {
    const file = join(folder, 'policy.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };

  it('allows everything where there is none', () => {
    expect(readPolicy(join(folder, 'none.json'))).toEqual({ schema: 1, externalLinks: true, settings: {}, file: null });
  });

  it('lies where only an administrator writes', () => {
    expect(policyFile('linux')).toBe('/etc/microbatch/policy.json');
    expect(policyFile('darwin')).toBe('/Library/Application Support/microbatch/policy.json');
  });

  it('names library, links and settings', () => {
    const file = written({ schema: 1, library: '/data/lab', externalLinks: false, settings: { executor: 'onnx' } });
    const policy = readPolicy(file);
    expect(policy).toEqual({
      schema: 1,
      library: '/data/lab',
      externalLinks: false,
      settings: { executor: 'onnx' },
      file,
    });
    expect(managedSettings(policy)).toEqual(['executor']);
  });

  it.each([
    ['is not JSON', '{"schema": 1,'],
    ['is of another version', { schema: 2 }],
    ['has a key that is not known, which may be a misspelt lock', { schema: 1, externalLink: false }],
    ['names a library by a path that is not absolute', { schema: 1, library: 'lab' }],
    ['decides a setting that is not known', { schema: 1, settings: { colour: 'red' } }],
    ['decides a value that a setting cannot have', { schema: 1, settings: { executor: 'abacus' } }],
  ])('is refused, not ignored, where it %s', (_what, content) => {
    expect(() => readPolicy(written(content))).toThrow(expect.objectContaining({ code: 'policy/unreadable' }));
  });

  it('is refused where it is there and cannot be read', () => {
    mkdirSync(join(folder, 'policy.json'));
    chmodSync(join(folder, 'policy.json'), 0o700);
    expect(() => readPolicy(join(folder, 'policy.json'))).toThrow(
      expect.objectContaining({ code: 'policy/unreadable' }),
    );
  });

  it('decides settings whatever the user chose, and refuses to have them changed', () => {
    let kept = { ...initialSettings, executor: 'tfjs-cpu' as const };
    const store = underPolicy(
      {
        readSettings: () => kept,
        writeSettings: (change) => {
          kept = { ...kept, ...changedSettings(kept, change), executor: 'tfjs-cpu' };
          return kept;
        },
      },
      { schema: 1, externalLinks: true, settings: { executor: 'onnx' } },
    );
    expect(store.readSettings().executor).toBe('onnx');
    expect(() => store.writeSettings({ executor: 'auto' })).toThrow(
      expect.objectContaining({ code: 'settings/managed' }),
    );
    expect(store.writeSettings({ theme: 'dark', executor: 'onnx' })).toMatchObject({ theme: 'dark', executor: 'onnx' });
  });
});
