import { z } from 'zod';
import { MicrobatchError } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';
import { recordId } from '../../contracts/record-id.ts';

/** What a bundle may hold, by its path in it: the files of a run, the imported weights that it began with, nothing else. */
const bundlePath = z
  .string()
  .max(120)
  .regex(
    /^(run\.json|metrics\.sqlite|certificate\.json|log\.txt|evaluations\.json|evaluations\/\d{1,9}-[a-z]{1,20}\.json|checkpoints\/(step-\d{9}\.json|objects\/[0-9a-f]{64})|weights\/(weights\.(json|safetensors)|evaluations\.json))$/,
  );

export const mostFiles = 100_000;
export const largestManifest = 32_000_000;
export const manifestName = 'manifest.json';

/** manifest.json, the first entry of a bundle. */
const bundleManifest = z.strictObject({
  schema: z.literal(1),
  kind: z.literal('microbatch run'),
  /** Version of the application that wrote it. */
  app: z.string().max(100),
  run: recordId,
  files: z
    .array(z.strictObject({ path: bundlePath, bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1)
    .max(mostFiles),
});
export type BundleManifest = z.infer<typeof bundleManifest>;

export function manifestText(manifest: BundleManifest): string {
  return `${JSON.stringify(bundleManifest.parse(manifest), null, 1)}\n`;
}

/** Throws `import/bad-bundle`. */
export function parseManifest(text: string, bundle: string): BundleManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw badBundle(bundle, 'its manifest is not JSON');
  }
  return parseOrThrow(bundleManifest, json, { code: 'import/bad-bundle', what: `the manifest of ${bundle}` });
}

export function badBundle(bundle: string, problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'import/bad-bundle',
      message: `${bundle} cannot be used: ${problem}`,
      expected: 'a bundle as `export --format bundle` writes it',
      remedy: 'export the run again; nothing of this file was kept',
    },
    { cause },
  );
}
