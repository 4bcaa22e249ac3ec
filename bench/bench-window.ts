import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { ApiEmit } from '../src/contracts/api.ts';
import type { SpecifiedRun } from '../src/contracts/run-record.ts';
import { paths } from '../src/headless/application.ts';
import { openLab } from '../src/headless/open-lab.ts';
import { startWebHost } from '../src/headless/web-host.ts';
import type { EventSource } from '../src/lab/call-socket.ts';
import { openLibrary } from '../src/library/library.ts';
import { RunStore } from '../src/library/run-store.ts';
import { runOf } from '../test/comparison-runs.ts';
import { launchBrowser } from '../test/e2e/browser.ts';

/** A web host on a library of finished runs and a browser, with events that the bench sends itself. */
export interface BenchWindow {
  readonly browser: Browser;
  readonly address: string;
  readonly runs: readonly SpecifiedRun[];
  readonly emit: ApiEmit;
  close(): Promise<void>;
}

/** Needs the built pages (`npm run build`). */
export async function openBenchWindow(runCount: number): Promise<BenchWindow> {
  const folder = await mkdtemp(join(tmpdir(), 'microbatch-bench-'));
  const runs = await fillLibrary(folder, runCount);
  const { lab } = await openLab({ library: folder, owner: 'a bench', write: true, trains: 'nothing' });
  const listeners = new Set<Parameters<EventSource>[0]>();
  const host = await startWebHost({
    handlers: lab.handlers,
    events: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    pages: paths.renderer,
    host: '127.0.0.1',
    port: 0,
    onUnexpected: (where, thrown) => console.error(where, thrown),
  });
  const browser = await launchBrowser();
  return {
    browser,
    address: host.address,
    runs,
    emit: (name, event) => {
      for (const listener of listeners) listener(name, event);
    },
    close: async () => {
      await browser.close();
      await host.close();
      await lab.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function fillLibrary(folder: string, runCount: number): Promise<SpecifiedRun[]> {
  const library = await openLibrary(folder, { create: true, write: true });
  const store = new RunStore(library.folder, false);
  const methods = ['small-batch', 'large-batch', 'gradient-norm'] as const;
  const runs = Array.from({ length: runCount }, (_, index) => {
    const method = methods[index % methods.length] ?? 'small-batch';
    return runOf(method, Math.floor(index / methods.length), 80 + (index % 100) / 10, { steps: 100_000 });
  });
  for (const run of runs) await store.create(run);
  return runs;
}
