import { crc32 } from 'node:zlib';
import { maskedCrc32c } from '../crc32c.ts';
import { damagedFile } from '../damage.ts';
import { FileCursor } from '../file-cursor.ts';
import { mostBytesAtOnce } from '../metric-rows.ts';

const blockBytes = 32_768;
const headerBytes = 7;
const signature = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe);
const expected = 'a .wandb file as `wandb offline` writes it';

/** ':W&B', a magic number and a version: the first seven bytes, which stand for a block's first header. */
export function beginsAsWandb(head: Uint8Array): boolean {
  return head.length >= headerBytes && signature.every((byte, index) => head[index] === byte);
}

/** More than any writer preallocates, bytes. */
const mostEmpty = 64 * 2 ** 20;
const whole = 1;
const first = 2;
const last = 4;

/**
 * The records of a .wandb file: a LevelDB log of 32 KiB blocks, in which a fragment is checksum (4 bytes), length (2),
 * type (1), data. wandb takes CRC-32 over type and data; LevelDB's own masked CRC-32C is accepted too. What a killed
 * writer left at the end is not read, and the result is true. Throws `import/damaged-file`.
 */
export function readLog(path: string, use: (record: Buffer, number: number, share: number) => void): Promise<boolean> {
  return FileCursor.over(path, async (cursor) => {
    if (!(await cursor.fill(headerBytes)) || !beginsAsWandb(cursor.take(headerBytes))) {
      throw damagedFile(path, 'it does not begin as one', expected);
    }
    let parts: Buffer[] = [];
    let held = 0;
    let number = 0;
    let empty = 0;
    while (cursor.left > 0) {
      const room = blockBytes - (cursor.position % blockBytes);
      if (room < headerBytes) {
        if (!(await cursor.fill(room))) return true;
        cursor.take(room);
        continue;
      }
      const at = cursor.position;
      if (!(await cursor.fill(headerBytes))) return true;
      const header = cursor.take(headerBytes);
      const [checksum, length, type] = [header.readUInt32LE(0), header.readUInt16LE(4), header.readUInt8(6)];
      if (checksum === 0 && length === 0 && type === 0) {
        // A preallocated rest of the file or of a block.
        const rest = Math.min(cursor.left, room - headerBytes);
        if (!(await cursor.fill(rest))) return true;
        cursor.take(rest);
        empty += rest;
        if (empty > mostEmpty) throw damagedFile(path, `nothing is written before byte ${String(at)}`, expected);
        continue;
      }
      if (length > room - headerBytes || type < whole || type > last) {
        throw damagedFile(path, `there is no record at byte ${String(at)}`, expected);
      }
      const begins = type === whole || type === first;
      if (begins !== (parts.length === 0)) {
        throw damagedFile(path, `the record at byte ${String(at)} is out of turn`, expected);
      }
      if (!(await cursor.fill(length))) return true;
      const data = cursor.take(length);
      if (!matches(checksum, type, data)) {
        throw damagedFile(path, `the record at byte ${String(at)} does not have its checksum`, expected);
      }
      held += length;
      if (held > mostBytesAtOnce) {
        throw damagedFile(path, `the record before byte ${String(at)} is longer than 64 MiB`, expected);
      }
      const ends = type === whole || type === last;
      // What waits for its rest must outlive the cursor's buffer.
      parts.push(ends && begins ? data : Buffer.from(data));
      if (!ends) continue;
      number += 1;
      use(
        parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts),
        number,
        cursor.position / cursor.size,
      );
      parts = [];
      held = 0;
    }
    return parts.length > 0;
  });
}

function matches(checksum: number, type: number, data: Buffer): boolean {
  const typed = crc32(data, crc32(Buffer.of(type)));
  return typed === checksum || maskedCrc32c(Buffer.concat([Buffer.of(type), data])) === checksum;
}
