import { resolve } from 'node:path';
import type { ErrorShape } from '../src/contracts/errors.ts';
import type { RunRecord } from '../src/contracts/run-record.ts';
import { runSpec } from '../src/contracts/run-spec.ts';
import type { RunSpec } from '../src/contracts/run-spec.ts';
import { initialSettings } from '../src/contracts/settings.ts';
import { forkProcessHost } from '../src/headless/fork-process-host.ts';
import { createLab } from '../src/lab/lab.ts';
import type { Lab } from '../src/lab/lab.ts';
import type { LabOptions } from '../src/lab/lab-options.ts';
import { openLibrary } from '../src/library/library.ts';

const source = (path: string): string => resolve(import.meta.dirname, '..', path);

/** Modules of the processes of a lab, as sources. */
export const labEntries: LabOptions['entries'] = {
  runner: source('src/runner/main.ts'),
  probe: source('src/runner/probe.ts'),
  datasetTask: source('src/runner/dataset-task.ts'),
  importTask: source('src/runner/import-task.ts'),
  resources: source('resources'),
  root: source('.'),
  built: false,
};

export interface OpenedLab {
  readonly lab: Lab;
  /** Failures that no caller waited for, in their order. */
  readonly problems: ErrorShape[];
}

/** A lab on a library of a test, with real training processes. */
export async function openTestLab(folder: string, options: Partial<LabOptions> = {}): Promise<OpenedLab> {
  const problems: ErrorShape[] = [];
  const lab = await createLab({
    library: await openLibrary(folder, { create: true }),
    processHost: forkProcessHost,
    entries: labEntries,
    settings: {
      readSettings: () => initialSettings,
      writeSettings: () => initialSettings,
    },
    host: { version: '0.0.0-test', kind: 'web' },
    owner: 'a test',
    openExternal: () => Promise.resolve(),
    onProblem: (problem) => problems.push(problem),
    cores: 2,
    ...options,
  });
  return { lab, problems };
}

export const tinySpec = runSpec.parse({
  method: 'small-batch',
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 64, resize: 7 },
  batchSize: 16,
  learningRate: 0.05,
  steps: 20,
  logEvery: 1,
  evaluateEvery: 20,
});

/** Trains until it is ended. */
export const endlessSpec: RunSpec = { ...tinySpec, steps: 10_000_000, evaluateEvery: 1_000_000 };

export async function startRun(lab: Lab, spec: RunSpec): Promise<string> {
  const [record] = await lab.handlers['runs.create']({ spec, seeds: [1] });
  return String(record?.id);
}

/** Asks until a run's record is as wanted; the test's own time limit ends a wait in vain. */
export async function untilRun(lab: Lab, run: string, isSo: (record: RunRecord) => boolean): Promise<RunRecord> {
  while (true) {
    const record = await lab.handlers['runs.get']({ run });
    if (isSo(record)) return record;
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

export const hasEnded = ({ status }: RunRecord): boolean => !['queued', 'running', 'paused'].includes(status);
