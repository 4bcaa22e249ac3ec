import { copyFileSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RuntimeManifest } from '../../contracts/native-runtime.ts';
import { addonFile, buildAddon } from './build-addon.ts';
import { completeLayout, headers, keptFiles } from './layout.ts';
import type { Follow } from './progress.ts';
import { unpackWheel } from './unpack-wheel.ts';
import { bytesOfWheels, prebuiltAddon } from './wheel-source.ts';
import type { FoundWheel, WheelSource } from './wheel-source.ts';

/** Unpacks what a runtime keeps of the wheels into its folder, in the layout that its libraries find each other in. */
export async function unpackRuntime(found: readonly FoundWheel[], folder: string, follow: Follow): Promise<void> {
  const total = bytesOfWheels(found.map(({ wheel }) => wheel));
  let before = 0;
  for (const { wheel, path } of found) {
    const report = (fraction: number): void => {
      const bytes = { done: before + Math.round(fraction * wheel.bytes), total };
      follow.report({ stage: 'unpacking', what: `unpacking ${wheel.file}`, bytes });
    };
    await unpackWheel(path, folder, keptFiles, { report, signal: follow.signal });
    before += wheel.bytes;
  }
  completeLayout(folder);
}

/** Puts the addon that was found beside the wheels into the folder, or compiles one there. */
export async function provideAddon(
  source: WheelSource,
  tensorflow: FoundWheel | undefined,
  folder: string,
  follow: Follow,
): Promise<RuntimeManifest['addon']> {
  const prebuilt = prebuiltAddon(source);
  if (prebuilt !== undefined) {
    mkdirSync(dirname(join(folder, addonFile)), { recursive: true });
    copyFileSync(prebuilt, join(folder, addonFile));
    return 'prebuilt';
  }
  follow.report({ stage: 'compiling', what: 'compiling the addon', bytes: null });
  const include = join(folder, 'include');
  const { signal } = follow;
  if (tensorflow !== undefined) {
    await unpackWheel(tensorflow.path, folder, headers, { report: () => undefined, signal });
  }
  await buildAddon(folder, include, follow);
  await rm(include, { recursive: true, force: true });
  return 'built';
}
