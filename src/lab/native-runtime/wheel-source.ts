import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { RuntimeFlavour } from '../../contracts/native-runtime.ts';
import type { HashFollow } from '../../library/hash-file.ts';
import { downloadWithPip } from './pip.ts';
import type { PipOptions } from './pip.ts';
import type { PinnedWheel } from './pinned-wheels.ts';
import type { Follow } from './progress.ts';
import { verifyWheel } from './verify-wheel.ts';

/** Where wheels come from: pip, or a file or folder on this machine. */
export type WheelSource = ({ readonly kind: 'pip' } & PipOptions) | { readonly kind: 'path'; readonly path: string };

export interface FoundWheel {
  readonly wheel: PinnedWheel;
  readonly path: string;
}

/** The flavour of the wheels at a path, by the name of TensorFlow's own. Throws `runtime/unknown-wheel`. */
export function flavourAt(
  path: string,
  wheelsOf: (flavour: RuntimeFlavour) => readonly [PinnedWheel, ...PinnedWheel[]],
): RuntimeFlavour {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const present = ({ file }: PinnedWheel): boolean =>
    isFolder ? existsSync(join(path, file)) : existsSync(path) && basename(path) === file;
  const flavours = ['cpu', 'cuda'] as const;
  const found = flavours.find((flavour) => present(wheelsOf(flavour)[0]));
  if (found !== undefined) return found;
  throw new MicrobatchError({
    code: 'runtime/unknown-wheel',
    message: existsSync(path) ? `${path} is or holds no TensorFlow wheel that is known here` : `${path} does not exist`,
    expected: flavours.map((flavour) => wheelsOf(flavour)[0].file).join(' or '),
    remedy: 'name one of them, or a folder that holds it',
  });
}

/**
 * Every wheel, checked byte for byte. pip's go to the folder `downloads`, where an earlier try may have left some. Throws
 * `runtime/missing-wheel`, `runtime/wrong-wheel`, pip's reasons and the reason of the signal.
 */
export async function obtainWheels(
  source: WheelSource,
  wheels: readonly PinnedWheel[],
  downloads: string,
  follow: Follow,
): Promise<FoundWheel[]> {
  const total = bytesOfWheels(wheels);
  const found: FoundWheel[] = [];
  for (const [index, wheel] of wheels.entries()) {
    const before = bytesOfWheels(wheels.slice(0, index));
    const tell = (stage: 'fetching' | 'checking', what: string) => (bytes: number) =>
      follow.report({ stage, what, bytes: { done: before + bytes, total } });
    const path = source.kind === 'pip' ? join(downloads, wheel.file) : placeOf(source.path, wheel);
    found.push({ wheel, path });
    if (source.kind === 'pip') {
      const again = tell('checking', `checking ${wheel.file}, which was fetched before`);
      if (await isComplete(path, wheel, { report: again, signal: follow.signal })) continue;
      mkdirSync(downloads, { recursive: true });
      const report = tell('fetching', `fetching ${wheel.project} ${wheel.version} with pip`);
      await downloadWithPip(wheel, downloads, source, { ...follow, report });
    }
    const report = tell('checking', `checking ${wheel.file}`);
    report(0);
    await verifyWheel(path, wheel, { report, signal: follow.signal });
  }
  return found;
}

export const bytesOfWheels = (wheels: readonly PinnedWheel[]): number =>
  wheels.reduce((sum, { bytes }) => sum + bytes, 0);

/** A prebuilt addon beside the wheels, if there is one. */
export function prebuiltAddon(source: WheelSource): string | undefined {
  if (source.kind === 'pip') return undefined;
  const folder = statSync(source.path).isDirectory() ? source.path : dirname(source.path);
  const file = join(folder, 'tfjs_binding.node');
  return existsSync(file) ? file : undefined;
}

function placeOf(path: string, wheel: PinnedWheel): string {
  const place = statSync(path).isDirectory() ? join(path, wheel.file) : join(dirname(path), wheel.file);
  if (existsSync(place)) return place;
  throw new MicrobatchError({
    code: 'runtime/missing-wheel',
    message: `${place} is missing`,
    expected: `${wheel.project} ${wheel.version} with SHA-256 ${wheel.sha256}`,
    remedy: 'fetch it and put it beside the others',
  });
}

/** A wheel of an earlier try; one that is not whole is removed. */
async function isComplete(path: string, wheel: PinnedWheel, follow: HashFollow): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    await verifyWheel(path, wheel, follow);
    return true;
  } catch {
    follow.signal?.throwIfAborted();
    rmSync(path);
    return false;
  }
}
