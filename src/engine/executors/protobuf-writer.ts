import protobuf from 'protobufjs/minimal.js';

/** Fields of a protocol-buffers message, written in wire format as they are called. */
export class ProtobufWriter {
  readonly #writer = protobuf.Writer.create();

  integer(field: number, value: number): void {
    this.#writer.uint32(tag(field, wire.varint)).int64(value);
  }

  float(field: number, value: number): void {
    this.#writer.uint32(tag(field, wire.fixed32)).float(value);
  }

  text(field: number, value: string): void {
    this.#writer.uint32(tag(field, wire.delimited)).string(value);
  }

  bytes(field: number, value: ArrayBufferView): void {
    this.#writer
      .uint32(tag(field, wire.delimited))
      .bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }

  /** A message inside this one: what `write` writes. */
  message(field: number, write: () => void): void {
    this.#writer.uint32(tag(field, wire.delimited)).fork();
    write();
    this.#writer.ldelim();
  }

  finish(): Uint8Array {
    return this.#writer.finish();
  }
}

const wire = { varint: 0, delimited: 2, fixed32: 5 };

function tag(field: number, type: number): number {
  return ((field << 3) | type) >>> 0;
}
