/** Elements as they lie in a file: their bytes, and the name of their type in the other formats, null where it is none of them. */
export interface TorchElement {
  readonly bytes: number;
  readonly name: string | null;
  /** What PyTorch calls it. */
  readonly title: string;
}

const element = (bytes: number, name: string | null, title: string): TorchElement => ({ bytes, name, title });

/** By the class of the storage. An untyped one is counted in bytes: what they are, its tensors say. */
const storageTypes: ReadonlyMap<string, TorchElement> = new Map([
  ['FloatStorage', element(4, 'F32', 'float32')],
  ['DoubleStorage', element(8, 'F64', 'float64')],
  ['HalfStorage', element(2, 'F16', 'float16')],
  ['BFloat16Storage', element(2, 'BF16', 'bfloat16')],
  ['LongStorage', element(8, 'I64', 'int64')],
  ['IntStorage', element(4, 'I32', 'int32')],
  ['ShortStorage', element(2, 'I16', 'int16')],
  ['CharStorage', element(1, 'I8', 'int8')],
  ['ByteStorage', element(1, 'U8', 'uint8')],
  ['BoolStorage', element(1, 'BOOL', 'bool')],
  ['ComplexFloatStorage', element(8, null, 'complex64')],
  ['ComplexDoubleStorage', element(16, null, 'complex128')],
  ['QInt8Storage', element(1, null, 'qint8')],
  ['QUInt8Storage', element(1, null, 'quint8')],
  ['QInt32Storage', element(4, null, 'qint32')],
  ['QUInt4x2Storage', element(1, null, 'quint4x2')],
  ['QUInt2x4Storage', element(1, null, 'quint2x4')],
]);
const untypedStorage = element(1, null, 'untyped');

/** By the name of the type, for those that came after the classes of storages. */
const newTypes: ReadonlyMap<string, TorchElement> = new Map(
  [
    element(2, 'U16', 'uint16'),
    element(4, 'U32', 'uint32'),
    element(8, 'U64', 'uint64'),
    element(1, 'F8_E4M3', 'float8_e4m3fn'),
    element(1, 'F8_E5M2', 'float8_e5m2'),
    element(1, 'F8_E4M3FNUZ', 'float8_e4m3fnuz'),
    element(1, 'F8_E5M2FNUZ', 'float8_e5m2fnuz'),
    element(1, 'F8_E8M0', 'float8_e8m0fnu'),
    element(1, null, 'float4_e2m1fn_x2'),
    element(4, null, 'complex32'),
  ].map((type) => [type.title, type]),
);

/** Undefined for what is no class of storages. `whole` is the module and the name, with a space between. */
export function storageType(whole: string): TorchElement | undefined {
  if (whole === 'torch.storage UntypedStorage') return untypedStorage;
  return whole.startsWith('torch ') ? storageTypes.get(whole.slice('torch '.length)) : undefined;
}

/** Undefined for what is no type that came after the classes of storages. */
export function newElementType(whole: string): TorchElement | undefined {
  return whole.startsWith('torch ') ? newTypes.get(whole.slice('torch '.length)) : undefined;
}

const olderNames =
  /^torch (float|double|half|bfloat16|bool|(float|int)(16|32|64)|u?int8|complex(64|128)|q(u?int8|int32)|quint(4x2|2x4))$/;

/** Whether a name stands for a type of elements, which checkpoints hold beside tensors too. */
export const isElementType = (whole: string): boolean => olderNames.test(whole) || newElementType(whole) !== undefined;
