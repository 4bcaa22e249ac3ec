import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { certificate } from '../../contracts/certificate.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { damagedEvaluations } from '../evaluations-file.ts';
import { namesIn } from '../folder-entries.ts';
import { readRecord } from '../record-file.ts';
import { writeLibraryFile } from '../write-library-file.ts';
import { checkCheckpoints } from './check-checkpoints.ts';
import { checkMetrics } from './check-metrics.ts';
import { leftover, lost, newer } from './finding.ts';
import type { Finding } from './finding.ts';

/** Everything in a run's folder. */
export async function checkRun(folder: string): Promise<{ checkpoints: number; findings: Finding[] }> {
  const { record, findings } = await checkRecord(folder);
  // A run without a record goes to the quarantine as a whole, or has one again: its parts are then looked at the next time.
  if (record === null) return { checkpoints: 0, findings };
  const idle = record.process === null;
  const metrics = join(folder, 'metrics.sqlite');
  const wrong = await checkMetrics(metrics);
  if (wrong !== null) findings.push(wrong);
  const { count, findings: torn } = await checkCheckpoints(folder, { idle });
  findings.push(...torn, ...(await checkCertificate(join(folder, 'certificate.json'))));
  for (const { path, error } of await damagedEvaluations(folder)) {
    findings.push(lost(path, error, 'is moved to the quarantine; `eval` makes evaluations again'));
  }
  if (idle) findings.push(...(await leftoversIn(folder)));
  return { checkpoints: count, findings };
}

/** run.json, and whether a copy that a killed process had finished but not put in its place can stand in for it. */
export async function checkRecord(folder: string): Promise<{ record: RunRecord | null; findings: Finding[] }> {
  const path = join(folder, 'run.json');
  const id = basename(folder);
  try {
    const record = await readRecord(path);
    if (record.id === id) return { record, findings: [] };
    return { record: null, findings: [misnamed(path, record, id)] };
  } catch (error) {
    if (error instanceof MicrobatchError && error.code === 'run/newer')
      return { record: null, findings: [newer(path, error)] };
    return { record: null, findings: [await replaceable(folder, path, error)] };
  }
}

function misnamed(path: string, record: RunRecord, id: string): Finding {
  const error = new MicrobatchError({ code: 'run/other-id', message: `${path} is the record of run ${record.id}` });
  return {
    ...lost(path, error, `gets the id ${id} of its folder; the record as it was goes to the quarantine`),
    recoverable: true,
    repair: async (quarantine) => {
      await quarantine.take(path);
      await writeLibraryFile(path, `${JSON.stringify({ ...record, id }, null, 2)}\n`);
      return `the record has the id ${id} now`;
    },
  };
}

async function replaceable(folder: string, path: string, error: unknown): Promise<Finding> {
  const copy = await newestCopy(folder);
  if (copy === null) {
    return lost(folder, error, 'nothing tells its settings any more: the whole run is moved to the quarantine');
  }
  return {
    ...lost(path, error, `is made again from ${basename(copy.path)}, which a killed process had written whole`),
    recoverable: true,
    repair: async (quarantine) => {
      if ((await namesIn(folder)).includes('run.json')) await quarantine.take(path);
      await writeLibraryFile(path, await readFile(copy.path, 'utf8'));
      return `made again from ${basename(copy.path)}: ${copy.record.status} at step ${String(copy.record.step)}`;
    },
  };
}

/** The copy with the longest history. */
async function newestCopy(folder: string): Promise<{ path: string; record: RunRecord } | null> {
  const copies: { path: string; record: RunRecord }[] = [];
  for (const name of await namesIn(folder)) {
    if (!/^run\.json\..*\.tmp$/.test(name)) continue;
    const path = join(folder, name);
    const record = await readRecord(path).catch(() => null);
    if (record?.id === basename(folder)) copies.push({ path, record });
  }
  const length = ({ record }: { readonly record: RunRecord }): number => record.history.length;
  return copies.toSorted((one, other) => length(other) - length(one))[0] ?? null;
}

async function checkCertificate(path: string): Promise<Finding[]> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return [];
  try {
    certificate.parse(JSON.parse(text));
    return [];
  } catch {
    const error = new MicrobatchError({ code: 'verify/certificate-damaged', message: `${path} is no certificate` });
    return [lost(path, error, 'is moved to the quarantine; `verify` makes a new one')];
  }
}

async function leftoversIn(folder: string): Promise<Finding[]> {
  const names = (await namesIn(folder)).filter((name) => /\.tmp$|^metrics\.sqlite\.(new|salvaged)/.test(name));
  return names.map((name) => leftover(join(folder, name), `${join(folder, name)} was never finished`));
}
