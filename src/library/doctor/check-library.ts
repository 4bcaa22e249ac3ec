import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorDocument } from '../../contracts/doctor.ts';
import { recordIdPattern } from '../../contracts/record-id.ts';
import { isPlainFolder, namesIn } from '../folder-entries.ts';
import { createMarker, markerProblem, openLibrary } from '../library.ts';
import { QueueFile } from '../queue-file.ts';
import { SweepStore } from '../sweep-store.ts';
import { readTraceRecord } from '../trace-store.ts';
import { readWeightsEvaluations, weightsEvaluationsName } from '../weights/weights-evaluations.ts';
import { WeightsStore } from '../weights/weights-store.ts';
import { checkMetrics } from './check-metrics.ts';
import { checkRecord, checkRun } from './check-run.ts';
import { foreign, leftover, lost } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Quarantine } from './quarantine.ts';

type Checked = DoctorDocument['checked'];

/**
 * Looks at everything in a library folder and changes nothing. Throws where the folder is no library at all, or one of a
 * newer version: `library/missing`, `library/not-a-folder`, `library/not-a-library`, `library/newer`.
 */
export async function checkLibrary(library: string): Promise<{ checked: Checked; findings: Finding[] }> {
  const checked = { runs: 0, checkpoints: 0, traces: 0, weights: 0, sweeps: 0, trash: 0 };
  const findings = await checkMarker(library);
  for (const name of await namesIn(join(library, 'runs'))) {
    const folder = join(library, 'runs', name);
    if (!recordIdPattern.test(name) || !(await isPlainFolder(folder))) {
      const unfinished = /^\..*\.new$/.test(name);
      findings.push(unfinished ? leftover(folder, `${folder} was never finished`) : foreign(folder));
      continue;
    }
    const { checkpoints, findings: found } = await checkRun(folder);
    checked.runs += 1;
    checked.checkpoints += checkpoints;
    findings.push(...found);
  }
  findings.push(
    ...(await checkTraces(library, checked)),
    ...(await checkWeights(library, checked)),
    ...(await checkSweeps(library, checked)),
  );
  findings.push(...(await checkQueue(library)), ...(await checkTrash(library, checked)));
  for (const name of await namesIn(library)) {
    const path = join(library, name);
    if (name.endsWith('.tmp')) findings.push(leftover(path, `${path} was never finished`));
  }
  return { checked, findings };
}

async function checkMarker(library: string): Promise<Finding[]> {
  await openLibrary(library);
  const problem = await markerProblem(library);
  if (problem === null) return [];
  const path = join(library, 'library.json');
  const finding = lost(path, problem, 'is made again: it says nothing but that this is a library');
  const repair = async (quarantine: Quarantine): Promise<string> => {
    if (existsSync(path)) await quarantine.take(path);
    await createMarker(library, path);
    return 'made again';
  };
  return [{ ...finding, recoverable: true, repair }];
}

/** Imported weights, by the SHA-256 of their file. */
async function checkWeights(library: string, checked: Checked): Promise<Finding[]> {
  const store = new WeightsStore(library);
  const findings: Finding[] = [];
  for (const name of await namesIn(join(library, 'weights'))) {
    const folder = join(library, 'weights', name);
    if (!recordIdPattern.test(name) || !(await isPlainFolder(folder))) {
      findings.push(foreign(folder));
      continue;
    }
    checked.weights += 1;
    try {
      await store.verify(name);
    } catch (error) {
      findings.push(lost(folder, error, 'is moved to the quarantine; import the file that it came from again'));
      continue;
    }
    await readWeightsEvaluations(folder).catch((error: unknown) => {
      const path = join(folder, weightsEvaluationsName);
      findings.push(lost(path, error, 'is moved to the quarantine; `eval` makes evaluations again'));
    });
  }
  return findings;
}

async function checkTraces(library: string, checked: Checked): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of await namesIn(join(library, 'traces'))) {
    const folder = join(library, 'traces', name);
    if (!recordIdPattern.test(name) || !(await isPlainFolder(folder))) {
      findings.push(foreign(folder));
      continue;
    }
    checked.traces += 1;
    try {
      await readTraceRecord(join(folder, 'trace.json'));
      const wrong = await checkMetrics(join(folder, 'metrics.sqlite'));
      if (wrong !== null) findings.push(wrong);
    } catch (error) {
      findings.push(lost(folder, error, 'is moved to the quarantine; import the file that it came from again'));
    }
  }
  return findings;
}

async function checkSweeps(library: string, checked: Checked): Promise<Finding[]> {
  const folder = join(library, 'sweeps');
  const store = new SweepStore(library);
  const findings: Finding[] = [];
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    const id = name.replace(/\.json$/, '');
    if (name.endsWith('.tmp')) findings.push(leftover(path, `${path} was never finished`));
    else if (id === name || !recordIdPattern.test(id)) findings.push(foreign(path));
    else {
      checked.sweeps += 1;
      await store.get(id).catch((error: unknown) => {
        findings.push(lost(path, error, 'is moved to the quarantine; its runs stay'));
      });
    }
  }
  return findings;
}

async function checkQueue(library: string): Promise<Finding[]> {
  try {
    await new QueueFile(library).read();
    return [];
  } catch (error) {
    const outlook = 'is moved to the quarantine; queued runs stay, in the order of their creation';
    return [lost(join(library, 'queue.json'), error, outlook)];
  }
}

async function checkTrash(library: string, checked: Checked): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of await namesIn(join(library, 'trash'))) {
    const folder = join(library, 'trash', name);
    checked.trash += 1;
    // Traces, weights and sweeps in the trash are looked at when they come back.
    if (
      !recordIdPattern.test(name) ||
      !(await isPlainFolder(folder)) ||
      ['trace.json', 'weights.json'].some((file) => existsSync(join(folder, file)))
    )
      continue;
    findings.push(...(await checkRecord(folder)).findings);
  }
  return findings;
}
