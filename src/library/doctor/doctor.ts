import { resolve } from 'node:path';
import type { DoctorDocument, DoctorFinding } from '../../contracts/doctor.ts';
import { describeError, toErrorShape } from '../../contracts/errors.ts';
import { checkLibrary } from './check-library.ts';
import type { Finding } from './finding.ts';
import { Quarantine, withinLibrary } from './quarantine.ts';

/**
 * Looks at everything in a library and, with `fix`, takes damaged files out to its quarantine and makes again what can be
 * made again. Nothing is ever deleted. With `fix` the caller must be the one host of the library.
 * Throws `library/...` where the folder is no library.
 */
export async function examine(path: string, { fix }: { readonly fix: boolean }): Promise<DoctorDocument> {
  const library = resolve(path);
  const { checked, findings } = await checkLibrary(library);
  const quarantine = new Quarantine(library);
  const reported: DoctorFinding[] = [];
  for (const finding of findings) {
    const done = fix ? await repaired(finding, quarantine) : { done: null };
    const { kind, code, message, recoverable, outlook } = finding;
    const place = withinLibrary(library, finding.path);
    reported.push({ kind, path: place, code, message, recoverable, outlook, ...done });
  }
  const sound = reported.every(({ kind, done }) => kind !== 'damaged' || done !== null);
  return { library, sound, checked, findings: reported, quarantine: quarantine.folder };
}

/** One repair that fails keeps no other from being done. */
async function repaired(
  { repair }: Finding,
  quarantine: Quarantine,
): Promise<Partial<DoctorFinding> & { done: string | null }> {
  if (repair === null) return { done: null };
  try {
    return { done: await repair(quarantine) };
  } catch (error) {
    return { done: null, outlook: `could not be repaired: ${describeError(toErrorShape(error))}` };
  }
}
