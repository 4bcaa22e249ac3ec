import { resolve } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { initialSettings } from '../contracts/settings.ts';
import { describeVersions, diagnosticsText, redacted } from './diagnostics.ts';

const root = resolve(import.meta.dirname, '../..');
const versions = describeVersions(root, { app: '0.1.0', commit: null, engine: 'a'.repeat(64) });

describe('versions', () => {
  it('name the application, what it runs on, and what its executors compute with', () => {
    expect(versions).toMatchObject({ app: '0.1.0', commit: null, node: process.versions.node, electron: null });
    const names = versions.packages.map(({ name }) => name);
    expect(names).toContain('onnxruntime-node');
    expect(names).toContain('@tensorflow/tfjs-node-gpu');
    for (const { version } of versions.packages) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe('diagnostics', () => {
  it('say what a report needs, in lines', () => {
    const text = diagnosticsText({
      versions,
      host: {
        version: '0.1.0',
        kind: 'desktop',
        library: { name: 'library', path: '/data/library', readOnly: false, bytes: 2e9, freeBytes: 5e10 },
        machine: { cores: 8, memoryBytes: 16e9, platform: 'linux x64', node: '24' },
        concurrency: 8,
        commands: [],
        recentLibraries: [],
      },
      settings: { ...initialSettings, updates: 'https://user-of-lab.example.org/' },
      runs: { done: 3, failed: 1 },
      log: ['2026-11-25T10:00:00.000Z library: library/owned: it is owned'],
    });
    for (const part of [
      'Microbatch 0.1.0, desktop application',
      'commit unknown',
      'library /data/library, 2.0 GB, 50.0 GB free',
      'runs: 3 done, 1 failed',
      'library/owned',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('user-of-lab');
  });

  it('name neither the user nor a token', () => {
    const text = 'at /home/ada/.local/x, http://127.0.0.1:7317/?token=Abc-123_def, microbatch_7317=Abcdefgh12';
    expect(redacted(text, '/home/ada')).toBe('at ~/.local/x, http://127.0.0.1:7317/?token=…, microbatch_7317=…');
    expect(redacted('a/b', '/')).toBe('a/b');
  });
});
