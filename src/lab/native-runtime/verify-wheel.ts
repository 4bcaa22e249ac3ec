import { statSync } from 'node:fs';
import { MicrobatchError } from '../../contracts/errors.ts';
import { hashFile } from '../../library/hash-file.ts';
import type { HashFollow } from '../../library/hash-file.ts';
import type { PinnedWheel } from './pinned-wheels.ts';

/** Throws `runtime/wrong-wheel` where a file is not, byte for byte, the pinned wheel. */
export async function verifyWheel(path: string, wheel: PinnedWheel, follow: HashFollow = {}): Promise<void> {
  const { size } = statSync(path);
  const refuse = (found: string, expected: string): never => {
    throw new MicrobatchError({
      code: 'runtime/wrong-wheel',
      message: `${path} is not ${wheel.file}: it has ${found}`,
      expected,
      remedy: `fetch ${wheel.project} ${wheel.version} again`,
    });
  };
  if (size !== wheel.bytes) refuse(`${String(size)} bytes`, `${String(wheel.bytes)} bytes`);
  const sha256 = await hashFile(path, follow);
  if (sha256 !== wheel.sha256) refuse(`SHA-256 ${sha256}`, `SHA-256 ${wheel.sha256}`);
}
