import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runtimeManifestFile } from '../../contracts/native-runtime.ts';
import type { RuntimeManifest } from '../../contracts/native-runtime.ts';
import { measureExecutor } from './probe.ts';
import { listExecutors, openExecutor } from './registry.ts';
import { openTfjsExecutor } from './tfjs/executor.ts';

describe('the registry of executors', () => {
  it('opens what auto finds usable, and says which it was', async () => {
    const executor = await openExecutor('auto', { threads: 1 });
    // Without a folder of native runtimes the embedded default is the best there is.
    expect(executor.description.name).toBe('onnx');
    expect(await measureExecutor(executor)).toBeGreaterThan(0);
  });

  it('lists every executor of the project, unusable ones with their reason and what to do', async () => {
    const reports = await listExecutors();
    expect(reports.map(({ name }) => name)).toEqual(['tfjs-node-gpu', 'onnx', 'tfjs-wasm', 'tfjs-cpu']);
    for (const { usable, gflops, reason, remedy } of reports) {
      expect(usable ? Number(gflops) > 0 : gflops === null).toBe(true);
      expect([reason !== '', remedy !== '']).toEqual([!usable, !usable]);
    }
    expect(reports.filter(({ usable }) => usable).map(({ name }) => name)).toEqual(['onnx', 'tfjs-wasm', 'tfjs-cpu']);
    expect(reports[0]?.reason).toContain('none is installed');
    expect(reports[0]?.remedy).toBe('microbatch runtime install --from pip');
  });

  it('names an unknown executor, and one that lacks its runtime', async () => {
    await expect(openExecutor('abacus', { threads: 1 })).rejects.toMatchObject({ code: 'executor/unknown' });
    await expect(openExecutor('tfjs-node-gpu', { threads: 1 })).rejects.toMatchObject({
      code: 'executor/not-usable',
      remedy: 'microbatch runtime install --from pip',
    });
  });

  it('passes over a runtime that is not whole and one that does not load', async () => {
    const runtimes = mkdtempSync(join(tmpdir(), 'microbatch-registry-'));
    try {
      mkdirSync(join(runtimes, '.staging-1'));
      const broken = join(runtimes, 'broken');
      mkdirSync(broken);
      const manifest: RuntimeManifest = {
        format: 1,
        id: 'broken',
        version: '2.18.1',
        flavour: 'cpu',
        platform: 'linux-x64',
        installed: '2026-11-25T07:00:00Z',
        addon: 'built',
        wheels: [],
      };
      writeFileSync(join(broken, runtimeManifestFile), JSON.stringify(manifest));
      await expect(openExecutor('tfjs-node-gpu', { threads: 1, runtimes })).rejects.toMatchObject({
        code: 'runtime/not-found',
      });
      const { description } = await openExecutor('auto', { threads: 1, runtimes });
      expect(description.name).toBe('onnx');
    } finally {
      rmSync(runtimes, { recursive: true });
    }
  });

  it('refuses an executor that computes wrongly', async () => {
    const honest = await openTfjsExecutor('cpu');
    const broken = {
      ...honest,
      load: async (program: Parameters<typeof honest.load>[0]) => {
        const session = await honest.load(program);
        return {
          run: async (name: string, feeds: Readonly<Record<string, Float32Array>>) => {
            const result = await session.run(name, feeds);
            return Object.fromEntries(
              Object.entries(result).map(([key, data]) => [key, data.map((value) => value * 1.01)]),
            );
          },
          read: (state: string) => session.read(state),
          write: (state: string, data: Float32Array) => session.write(state, data),
          dispose: () => session.dispose(),
        };
      },
    };
    await expect(measureExecutor(broken)).rejects.toMatchObject({ code: 'executor/wrong-result' });
  });
});
