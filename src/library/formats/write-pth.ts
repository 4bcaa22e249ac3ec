import type { NamedTensors } from '../weights/net-weights.ts';
import type { StoredTensor } from './element-types.ts';
import { bytesOf } from './write-safetensors.ts';
import { zipParts } from './write-zip.ts';

const storages = {
  F32: 'FloatStorage',
  F64: 'DoubleStorage',
  U8: 'ByteStorage',
  I32: 'IntStorage',
  I64: 'LongStorage',
} as const;

/**
 * The parts of a file as `torch.save(state_dict)` writes it since PyTorch 1.6: a zip archive of a pickle of protocol 2
 * and a storage for each tensor. `torch.load` reads it with `weights_only=True`.
 */
export function pthParts(tensors: NamedTensors): Iterable<Uint8Array> {
  const folder = 'archive';
  return zipParts([
    { name: `${folder}/data.pkl`, data: pickleOf(tensors) },
    { name: `${folder}/byteorder`, data: Buffer.from('little') },
    ...[...tensors.values()].map(({ data }, index) => ({
      name: `${folder}/data/${String(index)}`,
      data: bytesOf(data),
    })),
    { name: `${folder}/version`, data: Buffer.from('3\n') },
  ]);
}

const mark = Buffer.from('(');
const tuple = Buffer.from('t');
const reduce = Buffer.from('R');
const emptyOrderedDictionary = Buffer.concat([global('collections', 'OrderedDict'), Buffer.from(')R')]);

function pickleOf(tensors: NamedTensors): Uint8Array {
  const items = [...tensors].flatMap(([name, tensor], index) => [text(name), tensorOf(tensor, String(index))]);
  return Buffer.concat([
    Buffer.of(0x80, 2),
    emptyOrderedDictionary,
    mark,
    ...items,
    Buffer.from('u'), // SETITEMS
    Buffer.from('.'), // STOP
  ]);
}

/** `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, backward_hooks)` */
function tensorOf({ type, shape, data }: StoredTensor, key: string): Buffer {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  return Buffer.concat([
    global('torch._utils', '_rebuild_tensor_v2'),
    mark,
    ...[mark, text('storage'), global('torch', storages[type]), text(key), text('cpu'), whole(data.length), tuple],
    Buffer.from('Q'), // BINPERSID
    whole(0),
    ...[mark, ...shape.map(whole), tuple],
    ...[mark, ...strides.map(whole), tuple],
    Buffer.of(0x89), // NEWFALSE
    emptyOrderedDictionary,
    tuple,
    reduce,
  ]);
}

function global(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`);
}

/** BINUNICODE */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5);
  head.write('X');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** BININT, or LONG1 of 8 bytes where 31 bits are not enough. */
function whole(value: number): Buffer {
  if (value < 2 ** 31) {
    const bytes = Buffer.alloc(5);
    bytes.write('J');
    bytes.writeInt32LE(value, 1);
    return bytes;
  }
  const bytes = Buffer.alloc(10);
  bytes.writeUInt8(0x8a);
  bytes.writeUInt8(8, 1);
  bytes.writeBigInt64LE(BigInt(value), 2);
  return bytes;
}
