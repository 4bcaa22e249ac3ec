import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointStore } from '../checkpoints/checkpoint-store.ts';
import { parseManifest, tensorsOf } from '../checkpoints/manifest.ts';
import { isPlainFile, namesIn } from '../folder-entries.ts';
import { leftover, lost, takenOut } from './finding.ts';
import type { Finding } from './finding.ts';

/** Reads every manifest and every tensor of a run's checkpoints. `idle`: no process trains it, so that leftovers are. */
export async function checkCheckpoints(
  runFolder: string,
  { idle }: { readonly idle: boolean },
): Promise<{ count: number; findings: Finding[] }> {
  const folder = join(runFolder, 'checkpoints');
  const store = new CheckpointStore(runFolder);
  const findings: Finding[] = [];
  const sound: number[] = [];
  const broken: { readonly path: string; readonly error: unknown }[] = [];
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    const digits = /^step-(\d{9})\.json$/.exec(name)?.[1];
    if (digits === undefined) {
      if (idle && name.endsWith('.tmp')) findings.push(leftover(path, `${path} was never finished`));
      continue;
    }
    await store.load(Number(digits)).then(
      () => sound.push(Number(digits)),
      (error: unknown) => broken.push({ path, error }),
    );
  }
  const newest = sound.at(-1);
  const rest =
    newest === undefined ? 'the run has no other checkpoint' : `the newest sound one is of step ${String(newest)}`;
  for (const { path, error } of broken) {
    const outlook = `is moved to the quarantine with the tensors that only it has; ${rest}`;
    findings.push({
      ...lost(path, error, outlook),
      repair: async (quarantine) => {
        await quarantine.take(path);
        for (const object of await unneededObjects(folder)) await quarantine.take(object);
        return takenOut;
      },
    });
  }
  return { count: sound.length + broken.length, findings };
}

/** Tensors that no readable manifest names. */
async function unneededObjects(folder: string): Promise<string[]> {
  const needed = new Set<string>();
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (!name.endsWith('.json') || !(await isPlainFile(path))) continue;
    try {
      for (const { sha256 } of tensorsOf(parseManifest(await readFile(path, 'utf8'), path))) needed.add(sha256);
    } catch {
      // Another damaged one: its tensors go with it.
    }
  }
  const objects = join(folder, 'objects');
  return (await namesIn(objects)).filter((name) => !needed.has(name)).map((name) => join(objects, name));
}
