const scratch = new DataView(new ArrayBuffer(4));

/** The number of an IEEE 754 binary16 by its bits: sign, 5 bits of exponent, 10 of fraction. */
export function halfToNumber(bits: number): number {
  scratch.setUint16(0, bits);
  return scratch.getFloat16(0);
}

/** A bfloat16 is the upper half of a float32. */
export function brainFloatToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/**
 * Every number of 8 bits, by its bits. E5M2 is the upper half of a binary16; E4M3 has a bias of 7, no infinities and one
 * NaN of either sign (Micikevicius et al., "FP8 formats for deep learning", 2022).
 */
export function eightBitFloats(form: 'F8_E4M3' | 'F8_E5M2'): Float32Array {
  return Float32Array.from({ length: 256 }, (_, bits) => {
    if (form === 'F8_E5M2') return halfToNumber(bits << 8);
    const [sign, exponent, fraction] = [bits < 128 ? 1 : -1, (bits >> 3) & 15, bits & 7];
    if (exponent === 15 && fraction === 7) return Number.NaN;
    return exponent === 0 ? (sign * fraction) / 512 : sign * (1 + fraction / 8) * 2 ** (exponent - 7);
  });
}
