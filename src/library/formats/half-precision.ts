const scratch = new DataView(new ArrayBuffer(2));

/** The number of an IEEE 754 binary16 by its bits: sign, 5 bits of exponent, 10 of fraction. */
export function halfToNumber(bits: number): number {
  scratch.setUint16(0, bits);
  return scratch.getFloat16(0);
}
