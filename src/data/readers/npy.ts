import { MicrobatchError } from '../../contracts/errors.ts';

/** An array of a .npy file: its elements where they lie, in row-major or column-major order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly columnMajor: boolean;
  /** NumPy's type without the byte order, such as `u1` or `f4`. */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Element `index` as it lies in the file. */
  readonly at: (index: number) => number;
}

type Getter = (view: DataView, offset: number, little: boolean) => number;

/** Element types that can be read, with their bytes. */
const types: Readonly<Record<string, readonly [bytes: number, get: Getter]>> = {
  b1: [1, (view, offset) => view.getUint8(offset)],
  u1: [1, (view, offset) => view.getUint8(offset)],
  i1: [1, (view, offset) => view.getInt8(offset)],
  u2: [2, (view, offset, little) => view.getUint16(offset, little)],
  i2: [2, (view, offset, little) => view.getInt16(offset, little)],
  u4: [4, (view, offset, little) => view.getUint32(offset, little)],
  i4: [4, (view, offset, little) => view.getInt32(offset, little)],
  u8: [8, (view, offset, little) => Number(view.getBigUint64(offset, little))],
  i8: [8, (view, offset, little) => Number(view.getBigInt64(offset, little))],
  f2: [2, (view, offset, little) => view.getFloat16(offset, little)],
  f4: [4, (view, offset, little) => view.getFloat32(offset, little)],
  f8: [8, (view, offset, little) => view.getFloat64(offset, little)],
};

const magic = '\x93NUMPY';

/**
 * Reads a .npy file of versions 1 to 3. `name` names it in errors. Arrays of Python objects would have to be unpickled
 * and are refused, as are structured types and text. Throws `data/invalid-npy`, `data/npy-object-array`,
 * `data/npy-type-not-read`.
 */
export function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const text = (from: number, to: number): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.max(0, Math.min(to, bytes.length) - from)).toString(
      'latin1',
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || text(0, 6) !== magic) throw invalid(name, 'it does not start as such a file does');
  const version = view.getUint8(6);
  if (version < 1 || version > 3) throw invalid(name, `it has version ${String(version)}`);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) throw invalid(name, 'its header is cut off');
  const { descriptor, columnMajor, shape } = readHeader(text(start, start + length), name);
  const [bytesEach, get] = elementType(descriptor, name);
  const elements = shape.reduce((product, side) => product * side, 1);
  const data = bytes.subarray(start + length);
  if (data.length !== elements * bytesEach) {
    const needed = `shape [${shape.join(', ')}] of ${descriptor} needs ${String(elements * bytesEach)} bytes`;
    throw invalid(name, `${needed}, ${String(data.length)} are there`);
  }
  const values = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const little = !descriptor.startsWith('>');
  const at = (index: number): number => get(values, index * bytesEach, little);
  return { shape, columnMajor, type: descriptor.slice(1), bytes: data, at };
}

/** The header is a Python dictionary of three fields; anything else in it is refused. */
function readHeader(header: string, name: string) {
  const descriptor = /'descr':\s*'([<>|=]?[A-Za-z]\d*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sides = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (/'descr':\s*\[/.test(header)) throw typeNotRead(name, 'a structured type');
  if (descriptor === undefined || order === undefined || sides === undefined)
    throw invalid(name, 'its header is damaged');
  const shape = sides.split(',').flatMap((side) => (side.trim() === '' ? [] : [Number(side)]));
  if (!shape.every((side) => Number.isSafeInteger(side))) throw invalid(name, 'its shape is too large');
  return { descriptor: descriptor.replace(/^(?![<>|=])/, '|'), columnMajor: order === 'True', shape };
}

function elementType(descriptor: string, name: string): readonly [number, Getter] {
  const type = descriptor.slice(1);
  if (type.startsWith('O')) {
    throw new MicrobatchError({
      code: 'data/npy-object-array',
      message: `${name} is an array of Python objects, which only running it as a program could read`,
      expected: 'numbers',
      remedy: 'save it as an array of numbers',
    });
  }
  const known = types[type];
  if (known === undefined) throw typeNotRead(name, `the type ${descriptor}`);
  return known;
}

function typeNotRead(name: string, what: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/npy-type-not-read',
    message: `${name} has ${what}`,
    expected: 'unsigned and signed integers, floating-point numbers or booleans',
  });
}

function invalid(name: string, problem: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/invalid-npy',
    message: `${name} is not a usable NumPy array: ${problem}`,
    expected: 'an undamaged .npy file of version 1 to 3',
  });
}
