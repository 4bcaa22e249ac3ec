import protobuf from 'protobufjs/minimal.js';

/** Fields of one message: more than any writer of metrics has. */
const mostFields = 200_000;

/**
 * Calls back for every field of a protobuf message with its number and wire type; what the callback does not read is
 * skipped. Messages inside are read by calling this again on their bytes, so that nothing recurses by
 * itself. Throws a RangeError where the bytes are no message.
 */
export function readFields(
  bytes: Uint8Array,
  use: (field: number, reader: protobuf.Reader, wireType: number) => boolean,
): void {
  const reader = protobuf.Reader.create(bytes);
  for (let read = 0; reader.pos < reader.len; read += 1) {
    // A message of empty members is small and would become many objects.
    if (read >= mostFields) throw new RangeError(`a message with more than ${String(mostFields)} fields`);
    const tag = reader.uint32();
    const wireType = tag & 7;
    const begin = reader.pos;
    if (!use(tag >>> 3, reader, wireType)) {
      reader.pos = begin;
      reader.skipType(wireType);
    }
  }
}

/** A signed 64-bit integer, also where it lies beyond what a number holds exactly. */
export function readInteger(reader: protobuf.Reader): number {
  return Number(reader.int64());
}
