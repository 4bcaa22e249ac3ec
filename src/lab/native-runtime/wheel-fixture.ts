import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { PinnedWheel } from './pinned-wheels.ts';

/** Test data: small wheels of the real names, with files at the real places. */

export interface WheelFile {
  readonly name: string;
  readonly content: string;
  readonly executable?: boolean;
}

const executableMode = 0o100755;
const plainMode = 0o100644;

/** A zip archive with stored files. */
export function zipOf(files: readonly WheelFile[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, executable = false } of files) {
    const data = Buffer.from(content);
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((executable ? executableMode : plainMode) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    // Made on a Unix system: permissions count.
    central.push(Buffer.from('504b01021403', 'hex'), common, tail, nameBytes);
    local.push(Buffer.from('504b0304', 'hex'), common, nameBytes, data);
    offset += 4 + common.length + nameBytes.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('504b0506', 'hex'), end]);
}

/** Writes a wheel into a folder and returns its pin. */
export function writeWheel(
  folder: string,
  { project, version, tags }: { project: string; version: string; tags: string },
  files: readonly WheelFile[],
): PinnedWheel {
  const stem = `${project.replaceAll('-', '_')}-${version}`;
  const information = `${stem}.dist-info`;
  const content = zipOf([
    ...files,
    { name: `${information}/METADATA`, content: `Metadata-Version: 2.1\nName: ${project}\nVersion: ${version}\n` },
    {
      name: `${information}/WHEEL`,
      content: `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: ${tags}\n`,
    },
    { name: `${information}/RECORD`, content: '' },
  ]);
  const file = `${stem}-${tags}.whl`;
  writeFileSync(join(folder, file), content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { project, version, file, bytes: content.length, sha256 };
}
