import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../contracts/canonical-json.ts';
import { checkpointLabel, checkpointValidation } from '../../contracts/checkpoints.ts';
import { describeIssues } from '../../contracts/parse.ts';
import { bestResult, resolvedExecution } from '../../contracts/run-record.ts';
import { trainingState } from '../../engine/training/state.ts';
import { damagedCheckpoint } from './errors.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A tensor of a manifest: `length` float32 numbers, little endian, in the object of that hash. */
const storedTensor = z.strictObject({ sha256, length: z.int().min(0).max(1_000_000_000) });
export type StoredTensor = z.infer<typeof storedTensor>;
const storedTensors = z.record(z.string(), storedTensor);

/** The training state with its tensors by hash: two states are the same, byte for byte, exactly where these are. */
const storedState = trainingState.extend({ parameters: storedTensors, buffers: storedTensors });
type StoredState = z.infer<typeof storedState>;

const manifestContent = z.strictObject({
  schema: z.literal(1),
  step: z.int().min(0),
  savedAt: z.string(),
  /** Training seconds of the run so far, pauses left out. */
  seconds: z.number().min(0),
  /** What it was written for. */
  reasons: z.array(checkpointLabel),
  validation: checkpointValidation.nullable(),
  /** The run's best result so far. */
  best: bestResult.nullable(),
  /** What trained it; a resume is exact on the same. */
  execution: resolvedExecution.pick({
    executor: true,
    device: true,
    version: true,
    deterministic: true,
    learningRate: true,
  }),
  state: storedState,
});
const manifest = manifestContent.extend({ sha256 });
export type ManifestContent = z.infer<typeof manifestContent>;

/** What is not of the schema is left out, so that its hash is over what a reader finds. */
export function manifestText(value: ManifestContent): string {
  const content = manifestContent.parse(value);
  return `${JSON.stringify({ ...content, sha256: hashOf(content) }, null, 2)}\n`;
}

/** Throws `checkpoint/damaged` naming the file, also for one of a newer version. */
export function parseManifest(text: string, path: string): ManifestContent {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damagedCheckpoint(path, 'it is not JSON', 'a whole checkpoint manifest', cause);
  }
  const parsed = manifest.safeParse(json);
  if (!parsed.success) throw damagedCheckpoint(path, describeIssues(parsed.error), 'a checkpoint manifest of schema 1');
  const { sha256: stated, ...content } = parsed.data;
  if (hashOf(content) !== stated) {
    throw damagedCheckpoint(path, 'its content does not have the SHA-256 that it states', stated);
  }
  return content;
}

/** SHA-256 of a whole training state. */
export function hashOf(value: ManifestContent | StoredState): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

export function tensorsOf({ state }: Pick<ManifestContent, 'state'>): StoredTensor[] {
  return [...Object.values(state.parameters), ...Object.values(state.buffers)];
}
