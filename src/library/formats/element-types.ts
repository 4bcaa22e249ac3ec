import { brainFloatToNumber, eightBitFloats, halfToNumber } from './half-precision.ts';

/** A tensor in memory, row-major, in one of the types that are kept. */
export type StoredTensor =
  | { readonly type: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'F64'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly type: 'U8'; readonly shape: readonly number[]; readonly data: Uint8Array }
  | { readonly type: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly type: 'I64'; readonly shape: readonly number[]; readonly data: BigInt64Array };
export type StoredType = StoredTensor['type'];

/** A tensor that is read when it is wanted, so that not all of a file need be in memory. */
export interface TensorInFile {
  readonly type: StoredType;
  readonly shape: readonly number[];
  read(): Promise<StoredTensor>;
}

/** Bytes of an element. */
export const storedBytes: Readonly<Record<StoredType, number>> = { F32: 4, F64: 8, U8: 1, I32: 4, I64: 8 };

interface ElementType {
  /** Bytes of an element in the file. */
  readonly bytes: number;
  /** What it is kept as; the values are the same. */
  readonly kept: StoredType;
}

/** Types of a safetensors header that can be read. */
const elementTypes: ReadonlyMap<string, ElementType> = new Map([
  ['F64', { bytes: 8, kept: 'F64' }],
  ['F32', { bytes: 4, kept: 'F32' }],
  ['F16', { bytes: 2, kept: 'F32' }],
  ['BF16', { bytes: 2, kept: 'F32' }],
  ['F8_E4M3', { bytes: 1, kept: 'F32' }],
  ['F8_E5M2', { bytes: 1, kept: 'F32' }],
  ['F8_E4M3FNUZ', { bytes: 1, kept: 'F32' }],
  ['F8_E5M2FNUZ', { bytes: 1, kept: 'F32' }],
  ['F8_E8M0', { bytes: 1, kept: 'F32' }],
  ['I64', { bytes: 8, kept: 'I64' }],
  ['U64', { bytes: 8, kept: 'I64' }],
  ['U32', { bytes: 4, kept: 'I64' }],
  ['I32', { bytes: 4, kept: 'I32' }],
  ['I16', { bytes: 2, kept: 'I32' }],
  ['U16', { bytes: 2, kept: 'I32' }],
  ['I8', { bytes: 1, kept: 'I32' }],
  ['U8', { bytes: 1, kept: 'U8' }],
  ['BOOL', { bytes: 1, kept: 'U8' }],
]);

export const readableTypes: readonly string[] = [...elementTypes.keys()];

/** Types of a safetensors header that no weight of a net here can be, by the bits of an element. */
export const otherTypes: ReadonlyMap<string, number> = new Map([
  ['C64', 64],
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
]);

export function elementType(name: string): ElementType | undefined {
  return elementTypes.get(name);
}

/**
 * Raw little-endian data as a tensor, `name` being one of the readable types; small types are widened, exactly. Of U64 the
 * numbers below 2^63 are exact, the others negative.
 */
export function storedTensor(name: string, shape: readonly number[], buffer: ArrayBuffer): StoredTensor {
  switch (name) {
    case 'F64':
      return { type: 'F64', shape, data: new Float64Array(buffer) };
    case 'U8':
    case 'BOOL':
      return { type: 'U8', shape, data: new Uint8Array(buffer) };
    case 'I64':
    case 'U64':
      return { type: 'I64', shape, data: new BigInt64Array(buffer) };
    case 'U32':
      return { type: 'I64', shape, data: BigInt64Array.from(new Uint32Array(buffer) as Iterable<number>, BigInt) };
    case 'I32':
      return { type: 'I32', shape, data: new Int32Array(buffer) };
    case 'I16':
      return { type: 'I32', shape, data: Int32Array.from(new Int16Array(buffer)) };
    case 'U16':
      return { type: 'I32', shape, data: Int32Array.from(new Uint16Array(buffer)) };
    case 'I8':
      return { type: 'I32', shape, data: Int32Array.from(new Int8Array(buffer)) };
    case 'F16':
      return { type: 'F32', shape, data: Float32Array.from(new Uint16Array(buffer), halfToNumber) };
    case 'BF16':
      return { type: 'F32', shape, data: Float32Array.from(new Uint16Array(buffer), brainFloatToNumber) };
    case 'F8_E4M3':
    case 'F8_E5M2':
    case 'F8_E4M3FNUZ':
    case 'F8_E5M2FNUZ':
    case 'F8_E8M0': {
      const values = eightBitFloats(name);
      return { type: 'F32', shape, data: Float32Array.from(new Uint8Array(buffer), (bits) => values[bits] ?? 0) };
    }
    default:
      return { type: 'F32', shape, data: new Float32Array(buffer) };
  }
}

/** Most sides of a tensor; those of the field have five. */
const mostAxes = 16;

/**
 * The number of elements of a shape; null where it is none, as with more sides than any tensor has, or with sides whose
 * product beside a side of zero is beyond all memory.
 */
export function elementsOf(shape: readonly number[]): number | null {
  const product = shape.reduce((sum, side) => sum * Math.max(side, 1), 1);
  if (shape.length > mostAxes || !Number.isSafeInteger(product)) return null;
  return shape.includes(0) ? 0 : product;
}

/** A shape in an error. */
export function told(shape: readonly number[]): string {
  return `[${shape.slice(0, mostAxes).join(', ')}${shape.length > mostAxes ? ', …' : ''}]`;
}
