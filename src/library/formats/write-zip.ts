import { crc32 } from 'node:zlib';
import { MicrobatchError } from '../../contracts/errors.ts';

export interface ZipMember {
  readonly name: string;
  readonly data: Uint8Array;
}

/** What the 32-bit form of the format can say. */
const most = 0xffff_ffff;
/** 1980-01-01, the format's first day: the same content gives the same bytes. */
const firstDay = 0x0021;

/**
 * The parts of a zip archive, in order, its members stored as they are: weights do not become smaller, and stored members
 * can be mapped into memory. Throws `export/too-large` beyond 4 GiB.
 */
export function* zipParts(members: readonly ZipMember[]): Generator<Uint8Array> {
  const total = members.reduce((sum, { name, data }) => sum + 100 + 2 * Buffer.byteLength(name) + data.length, 22);
  if (total > most || members.length > 0xffff) {
    throw new MicrobatchError({
      code: 'export/too-large',
      message: `an archive of ${String(members.length)} arrays and ${String(total)} bytes`,
      expected: 'less than 4 GiB and 65,536 arrays',
      remedy: 'export safetensors',
    });
  }
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data } of members) {
    const common = commonFields(name, data);
    const local = Buffer.concat([signature(0x0403_4b50), common, Buffer.from(name)]);
    yield local;
    yield data;
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(signature(0x0201_4b50), uint16(20), common, place, Buffer.from(name));
    offset += local.length + data.length;
  }
  const listing = Buffer.concat(directory);
  yield listing;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  yield end;
}

/** Version needed, flags (names are UTF-8), method 0, time, date, checksum, both sizes, lengths of name and extra field. */
function commonFields(name: string, data: Uint8Array): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x0800, 2);
  fields.writeUInt16LE(firstDay, 8);
  fields.writeUInt32LE(crc32(data), 10);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(data.length, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
