import { crc32 } from 'node:zlib';

/** Archives and pickles for tests, written byte by byte so that they can also be wrong. */

export interface TarEntry {
  readonly path: string;
  readonly content?: Uint8Array | string;
  /** Of the ustar format: 0 file, 1 hard link, 2 symbolic link, 3 device, 5 folder. */
  readonly type?: '0' | '1' | '2' | '3' | '5';
  readonly link?: string;
  /** The size that the header claims, if another one. */
  readonly size?: number;
}

/** A tar archive in the ustar format. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = '', type = '0', link = '', size }) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(path, 0, 100, 'utf8');
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link, 157, 100, 'utf8');
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const string = (text: string): Buffer => Buffer.concat([Buffer.from([0x55, text.length]), Buffer.from(text, 'latin1')]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const raw = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A file of the python archive: `data` of shape [n, width] and a list of labels, pickled as Python 2 does. */
export function pickledBatch(labels: readonly number[], data: Uint8Array, labelKey = 'labels', width = 3072): Buffer {
  return Buffer.concat([
    raw('\x80\x02}q\x01('),
    string(labelKey),
    raw(']q\x02('),
    ...labels.map((label) => Buffer.from([0x4b, label])),
    raw('e'),
    string('data'),
    raw('cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87R('),
    raw('K\x01J'),
    int32(data.length / width),
    raw('J'),
    int32(width),
    raw('\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T'),
    int32(data.length),
    data,
    raw('tbu.'),
  ]);
}

/** Images of one batch file, each pixel drawn from its place and the file's number, so that no two are alike. */
export function batchImages(count: number, file: number): Uint8Array {
  return Uint8Array.from({ length: count * 3072 }, (_, at) => (at * 31 + Math.floor(at / 3072) * 7 + file * 101) % 256);
}

/** A python archive of CIFAR-10 with `count` images a file, its members in the jumbled order of the published one. */
export function cifarEntries(count: number): TarEntry[] {
  const names = ['data_batch_4', 'test_batch', 'data_batch_3', 'data_batch_2', 'data_batch_5', 'data_batch_1'];
  return names.map((name) => {
    const file = name === 'test_batch' ? 6 : Number(name.slice(-1));
    const labels = Array.from({ length: count }, (_, index) => (index + file) % 10);
    return { path: `cifar-10-batches-py/${name}`, content: pickledBatch(labels, batchImages(count, file)) };
  });
}

/** A zip archive whose entries are stored as they are; `zip64` writes sizes as archives of more than 4 GB do. */
export function zipOf(entries: Readonly<Record<string, Uint8Array>>, { zip64 = false } = {}): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, body] of Object.entries(entries)) {
    const sizes = zip64 ? [0xffffffff, 0xffffffff] : [body.length, body.length];
    const extra = zip64 ? Buffer.alloc(20) : Buffer.alloc(0);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(body.length), 4);
      extra.writeBigUInt64LE(BigInt(body.length), 12);
    }
    const common = Buffer.alloc(26);
    common.writeUInt16LE(zip64 ? 45 : 20, 0);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(sizes[0] ?? 0, 14);
    common.writeUInt32LE(sizes[1] ?? 0, 18);
    common.writeUInt16LE(name.length, 22);
    common.writeUInt16LE(extra.length, 24);
    const start = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), extra, body]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x2d\x03', 'latin1'), common, tail, Buffer.from(name), extra]));
    local.push(start);
    offset += start.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

/** A .npy file of version 1. */
export function npyOf(descriptor: string, shape: readonly number[], data: Uint8Array, columnMajor = false): Buffer {
  const sides = shape.length === 1 ? `${String(shape[0])},` : shape.join(', ');
  const order = columnMajor ? 'True' : 'False';
  const header = `{'descr': '${descriptor}', 'fortran_order': ${order}, 'shape': (${sides}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(padded), data]);
}
