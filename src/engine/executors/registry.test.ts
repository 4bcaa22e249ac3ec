import { describe, expect, it } from 'vitest';
import { measureExecutor } from './probe.ts';
import { listExecutors, openExecutor } from './registry.ts';
import { openTfjsExecutor } from './tfjs/executor.ts';

describe('the registry of executors', () => {
  it('opens what auto finds usable, and says which it was', async () => {
    const executor = await openExecutor('auto', { threads: 1 });
    expect(['onnx', 'tfjs-cpu']).toContain(executor.description.name);
    expect(await measureExecutor(executor)).toBeGreaterThan(0);
  });

  it('lists every executor of the project, unusable ones with their reason', async () => {
    const reports = await listExecutors();
    expect(reports.map(({ name }) => name)).toEqual(['tfjs-node-gpu', 'onnx', 'tfjs-cpu', 'tfjs-wasm']);
    for (const { usable, gflops, reason } of reports) {
      expect(usable ? Number(gflops) > 0 && reason === '' : gflops === null && reason !== '').toBe(true);
    }
    expect(reports.find(({ name }) => name === 'tfjs-cpu')?.usable).toBe(true);
  });

  it('names unknown and absent executors', async () => {
    await expect(openExecutor('abacus', { threads: 1 })).rejects.toMatchObject({ code: 'executor/unknown' });
    await expect(openExecutor('tfjs-wasm', { threads: 1 })).rejects.toMatchObject({ code: 'executor/not-usable' });
  });

  it('refuses an executor that computes wrongly', async () => {
    const honest = await openTfjsExecutor();
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
