import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MicrobatchError } from '../../../contracts/errors.ts';
import { runtimeManifest, runtimeManifestFile } from '../../../contracts/native-runtime.ts';
import type { RuntimeManifest } from '../../../contracts/native-runtime.ts';

/** The folder of the runtime to use: one for graphics cards before one for the processor, then the newest. */
export function preferredRuntime(runtimes: string | undefined): string {
  const [best] = installedRuntimes(runtimes).toSorted(
    (left, right) =>
      Number(right.manifest.flavour === 'cuda') - Number(left.manifest.flavour === 'cuda') ||
      right.manifest.installed.localeCompare(left.manifest.installed),
  );
  if (best !== undefined) return best.folder;
  throw new MicrobatchError({
    code: 'executor/not-usable',
    message: 'tfjs-node-gpu needs a native TensorFlow runtime, and none is installed',
    remedy: 'microbatch runtime install --from pip',
  });
}

/** Complete runtimes in a folder of runtimes; half-written and foreign folders are passed over. */
function installedRuntimes(runtimes: string | undefined): { folder: string; manifest: RuntimeManifest }[] {
  if (runtimes === undefined || !existsSync(runtimes)) return [];
  return readdirSync(runtimes).flatMap((name) => {
    const folder = join(runtimes, name);
    const file = join(folder, runtimeManifestFile);
    if (!existsSync(file)) return [];
    const parsed = runtimeManifest.safeParse(readJson(file));
    return parsed.success ? [{ folder, manifest: parsed.data }] : [];
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
