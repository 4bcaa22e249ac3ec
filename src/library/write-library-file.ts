import { writeFileAtomically } from './atomic-file.ts';
import { writeError } from './write-error.ts';

/** Replaces a file of the library as `writeFileAtomically` does. Throws `library/...` where the disk refuses. */
export async function writeLibraryFile(path: string, content: string): Promise<void> {
  await writeFileAtomically(path, content).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
}
