import { gunzipSync } from 'node:zlib';
import { MicrobatchError } from '../contracts/errors.ts';

/** An array of unsigned bytes in the IDX format of MNIST and its kin. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** More than any set in this format holds; keeps a forged header or gzip stream from filling the memory. */
const largestArray = 2 ** 31;
const unsignedByte = 0x08;

function refuse(file: string, problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'data/invalid-idx',
      message: `${file} is not a usable IDX file: ${problem}`,
      expected:
        'two zero bytes, type 0x08 (unsigned byte), the number of axes, their sizes and the data, plain or gzipped',
      remedy: 'fetch the file again from its source',
    },
    cause === undefined ? undefined : { cause },
  );
}

/** Reads an IDX file of unsigned bytes, gzipped or plain. `file` names it in errors. Throws `data/invalid-idx`. */
export function readIdx(bytes: Uint8Array, file: string): IdxArray {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? inflate(bytes, file) : bytes;
  if (plain.byteLength < 4) throw refuse(file, `${String(plain.byteLength)} bytes are too few for a header`);
  const [zero, alsoZero, type, axes] = plain;
  if (zero !== 0 || alsoZero !== 0) throw refuse(file, 'it does not start with two zero bytes');
  if (type !== unsignedByte) throw refuse(file, `element type 0x${(type ?? 0).toString(16).padStart(2, '0')}`);
  if (axes === undefined || axes === 0) throw refuse(file, 'it declares no axis');
  const start = 4 + 4 * axes;
  if (plain.byteLength < start) throw refuse(file, 'its header is cut off');
  const header = new DataView(plain.buffer, plain.byteOffset);
  const shape = Array.from({ length: axes }, (_, axis) => header.getUint32(4 + 4 * axis));
  const elements = shape.reduce((product, size) => product * size, 1);
  const present = plain.byteLength - start;
  if (present !== elements) {
    throw refuse(
      file,
      `shape [${shape.join(', ')}] needs ${String(elements)} bytes of data, ${String(present)} are there`,
    );
  }
  return { shape, data: plain.subarray(start) };
}

function inflate(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: largestArray });
  } catch (cause) {
    throw refuse(file, 'its gzip stream is damaged or cut off', cause);
  }
}
