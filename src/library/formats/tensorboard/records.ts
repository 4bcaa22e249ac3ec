import { maskedCrc32c } from '../crc32c.ts';
import { damagedFile } from '../damage.ts';
import { FileCursor } from '../file-cursor.ts';
import { mostBytesAtOnce } from '../metric-rows.ts';

const expected = 'an event file as TensorBoard reads it: records with their checksums';

/**
 * The records of a TFRecord file: length (8 bytes, little endian), its checksum (4), data, its checksum (4); both are
 * masked CRC-32C. A writer that was killed leaves a part of its last record: reading ends before it, and the result is
 * true. Throws `import/damaged-file` for a wrong checksum or a length that no writer writes.
 */
export function readRecords(
  path: string,
  use: (record: Buffer, number: number, share: number) => void,
): Promise<boolean> {
  return FileCursor.over(path, async (cursor) => {
    for (let number = 1; cursor.left > 0; number += 1) {
      const at = cursor.position;
      if (!(await cursor.fill(12))) return true;
      const header = cursor.take(12);
      if (maskedCrc32c(header.subarray(0, 8)) !== header.readUInt32LE(8)) {
        throw damagedFile(path, `the length of the record at byte ${String(at)} does not have its checksum`, expected);
      }
      const length = header.readBigUInt64LE(0);
      if (length > BigInt(mostBytesAtOnce)) {
        throw damagedFile(path, `the record at byte ${String(at)} claims ${String(length)} bytes`, expected);
      }
      const bytes = Number(length);
      if (!(await cursor.fill(bytes + 4))) return true;
      const record = cursor.take(bytes);
      if (maskedCrc32c(record) !== cursor.take(4).readUInt32LE(0)) {
        throw damagedFile(path, `the record at byte ${String(at)} does not have its checksum`, expected);
      }
      use(record, number, cursor.position / cursor.size);
    }
    return false;
  });
}

/** Whether a file begins with a record. */
export function beginsWithRecord(head: Uint8Array): boolean {
  if (head.length < 12) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  return maskedCrc32c(head.subarray(0, 8)) === view.getUint32(8, true);
}

/** A record as it stands in a file. */
export function frameRecord(data: Uint8Array): Buffer {
  const framed = Buffer.alloc(data.length + 16);
  framed.writeBigUInt64LE(BigInt(data.length), 0);
  framed.writeUInt32LE(maskedCrc32c(framed.subarray(0, 8)), 8);
  framed.set(data, 12);
  framed.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return framed;
}
