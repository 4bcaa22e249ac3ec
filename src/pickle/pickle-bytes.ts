/** Makes the error for a pickle that breaks a rule, in words. */
export type InvalidPickle = (problem: string) => Error;

/** The bytes of a pickle, read from the front. Reading beyond their end throws. */
export class PickleBytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #invalid: InvalidPickle;
  readonly #beyondEnd: string;
  #at = 0;

  /** `beyondEnd` says what is wrong where more is read than there is. */
  constructor(bytes: Uint8Array, invalid: InvalidPickle, beyondEnd = 'it is cut off') {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#invalid = invalid;
    this.#beyondEnd = beyondEnd;
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.#at;
  }

  byte(): number {
    return this.#bytes[this.skip(1)] ?? 0;
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** The one number that a pickle holds with its greatest byte first. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8));
  }

  /** The next bytes, as a view. */
  take(length: number): Uint8Array {
    if (length < 0) throw this.#invalid('a string of negative length');
    const start = this.skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The bytes before the next line break, which is passed over. */
  line(): Uint8Array {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end === -1) throw this.#invalid('it is cut off');
    return this.take(end - this.#at + 1).subarray(0, -1);
  }

  /** Moves on by `count` bytes and returns where they start. */
  skip(count: number): number {
    const start = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) throw this.#invalid(this.#beyondEnd);
    return start;
  }
}
