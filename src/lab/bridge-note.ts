import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../contracts/parse.ts';
import { writeFileAtomically } from '../library/atomic-file.ts';

/** How verbs of this user reach the host that owns a library, on this machine. */
const bridgeNote = z.object({
  port: z.int().min(1).max(65_535),
  token: z.string().min(1).max(200),
  /** What the host shows for itself where the connection is encrypted, PEM. */
  certificate: z.string().max(100_000).optional(),
});
type BridgeNote = z.infer<typeof bridgeNote>;

const fileName = 'host-bridge.json';

/** Leaves the note in the library; nobody but this user can read it. Returns what takes it away again. */
export async function leaveBridgeNote(library: string, note: BridgeNote): Promise<() => Promise<void>> {
  const path = join(library, fileName);
  await writeFileAtomically(path, `${JSON.stringify(bridgeNote.parse(note))}\n`, { mode: 0o600 });
  return () => rm(path, { force: true });
}

/** The note of a library; null where none can be read. */
export async function readBridgeNote(library: string): Promise<BridgeNote | null> {
  const text = await readFile(join(library, fileName), 'utf8').catch(() => null);
  return (text === null ? undefined : bridgeNote.safeParse(parseJson(text)).data) ?? null;
}
