import protobuf from 'protobufjs/minimal.js';
import { halfToNumber } from '../half-precision.ts';
import { readFields, readInteger } from '../protobuf-fields.ts';

/** A value that an event records under a tag. */
export interface TaggedValue {
  readonly tag: string;
  /** Null for what is no single number: images, histograms, texts, hyperparameters. */
  readonly scalar: number | null;
  /** Plugin that the writer names with the first value of a tag; empty afterwards and with older writers. */
  readonly plugin: string;
}

export interface SummaryEvent {
  readonly step: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly values: readonly TaggedValue[];
  /** Whether a writer begins here again: TensorBoard then drops what it has read of this step and later ones. */
  readonly restarts: boolean;
}

const wire = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/**
 * An `Event` of tensorflow/core/util/event.proto, as far as scalars need it. Scalars come as `simple_value` (TensorFlow 1,
 * tensorboardX, torch) or as a tensor of one element (TensorFlow 2). Throws a RangeError where the bytes are no message.
 */
export function decodeEvent(bytes: Uint8Array): SummaryEvent {
  let [step, wallTime] = [0, 0];
  const values: TaggedValue[] = [];
  let restarts = false;
  readFields(bytes, (field, reader, type) => {
    if (field === 1 && type === wire.fixed64) wallTime = reader.double();
    else if (field === 2 && type === wire.varint) step = readInteger(reader);
    else if (field === 5 && type === wire.delimited) decodeSummary(reader.bytes(), values);
    else if (field === 7 && type === wire.delimited) restarts = isSessionStart(reader.bytes());
    else return false;
    return true;
  });
  return { step, wallTime, values, restarts };
}

/** SessionLog.status = START */
function isSessionStart(bytes: Uint8Array): boolean {
  let status = 0;
  readFields(bytes, (field, reader, type) => {
    if (field !== 1 || type !== wire.varint) return false;
    status = reader.uint32();
    return true;
  });
  return status === 1;
}

function decodeSummary(bytes: Uint8Array, values: TaggedValue[]): void {
  readFields(bytes, (field, reader, type) => {
    if (field !== 1 || type !== wire.delimited) return false;
    values.push(decodeValue(reader.bytes()));
    return true;
  });
}

function decodeValue(bytes: Uint8Array): TaggedValue {
  let [tag, plugin] = ['', ''];
  let scalar: number | null = null;
  readFields(bytes, (field, reader, type) => {
    if (field === 1 && type === wire.delimited) tag = reader.string();
    else if (field === 2 && type === wire.fixed32) scalar = reader.float();
    else if (field === 8 && type === wire.delimited) scalar = decodeTensor(reader.bytes());
    else if (field === 9 && type === wire.delimited) plugin = decodePlugin(reader.bytes());
    else return false;
    return true;
  });
  return { tag, scalar, plugin };
}

/** SummaryMetadata.plugin_data.plugin_name */
function decodePlugin(bytes: Uint8Array): string {
  let name = '';
  readFields(bytes, (field, reader, type) => {
    if (field !== 1 || type !== wire.delimited) return false;
    readFields(reader.bytes(), (inner, innerReader, innerType) => {
      if (inner !== 1 || innerType !== wire.delimited) return false;
      name = innerReader.string();
      return true;
    });
    return true;
  });
  return name;
}

/** Numbers of tensorflow/core/framework/types.proto that scalars have. */
const elementType = { float: 1, double: 2, int32: 3, int64: 9, half: 19 } as const;

/** The one element of a tensor; null where it has more, none, or is of another type. */
function decodeTensor(bytes: Uint8Array): number | null {
  let type = 0;
  let content: Uint8Array = new Uint8Array();
  const values: number[] = [];
  readFields(bytes, (field, reader, wireType) => {
    if (field === 1 && wireType === wire.varint) type = reader.uint32();
    else if (field === 4 && wireType === wire.delimited) content = reader.bytes();
    else return decodeElements(field, reader, wireType, values);
    return true;
  });
  if (content.length > 0) return fromContent(type, content);
  const [only] = values;
  if (only === undefined || values.length > 1) return null;
  if (type === elementType.half) return halfToNumber(only);
  return type === elementType.float || type === elementType.double || isInteger(type) ? only : null;
}

const isInteger = (type: number): boolean => type === elementType.int32 || type === elementType.int64;

type ReadElement = (reader: protobuf.Reader) => number;

/** By field: float_val, double_val, int_val, int64_val, half_val. Packed, or one by one as older writers have it. */
const elementFields: ReadonlyMap<number, readonly [type: number, read: ReadElement]> = new Map<
  number,
  readonly [number, ReadElement]
>([
  [5, [wire.fixed32, (reader) => reader.float()]],
  [6, [wire.fixed64, (reader) => reader.double()]],
  [7, [wire.varint, (reader) => reader.int32()]],
  [10, [wire.varint, readInteger]],
  [13, [wire.varint, (reader) => reader.int32()]],
]);

/** More elements than one are no scalar: a second is enough to know. */
function decodeElements(field: number, reader: protobuf.Reader, wireType: number, values: number[]): boolean {
  const found = elementFields.get(field);
  if (found === undefined) return false;
  const [type, read] = found;
  if (wireType === type) values.push(read(reader));
  else if (wireType === wire.delimited) {
    const packed = protobuf.Reader.create(reader.bytes());
    while (packed.pos < packed.len && values.length < 2) values.push(read(packed));
  } else return false;
  return true;
}

/** tensor_content holds the elements as they lie in memory, little endian. */
function fromContent(type: number, content: Uint8Array): number | null {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  if (type === elementType.float && content.length === 4) return view.getFloat32(0, true);
  if (type === elementType.double && content.length === 8) return view.getFloat64(0, true);
  if (type === elementType.int32 && content.length === 4) return view.getInt32(0, true);
  if (type === elementType.int64 && content.length === 8) return Number(view.getBigInt64(0, true));
  if (type === elementType.half && content.length === 2) return halfToNumber(view.getUint16(0, true));
  return null;
}

/** The first event of a file: the version of its form. */
export function encodeVersion(wallTime: number): Uint8Array {
  return protobuf.Writer.create().uint32(9).double(wallTime).uint32(26).string('brain.Event:2').finish();
}

/** Says that what follows was recorded anew from `step` on: TensorBoard drops what it has read from there. */
export function encodeSessionStart(step: number, wallTime: number): Uint8Array {
  const writer = protobuf.Writer.create().uint32(9).double(wallTime).uint32(16).int64(step);
  // session_log.status = START
  return writer.uint32(58).fork().uint32(8).int32(1).ldelim().finish();
}

/** One scalar as `simple_value`, which every version of TensorBoard reads; values have single precision there. */
export function encodeScalar(tag: string, step: number, value: number, wallTime: number): Uint8Array {
  const writer = protobuf.Writer.create().uint32(9).double(wallTime).uint32(16).int64(step);
  writer.uint32(42).fork().uint32(10).fork().uint32(10).string(tag).uint32(21).float(value).ldelim().ldelim();
  return writer.finish();
}
