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

export type EightBitForm = 'F8_E4M3' | 'F8_E5M2' | 'F8_E4M3FNUZ' | 'F8_E5M2FNUZ' | 'F8_E8M0';

/**
 * Every number of 8 bits, by its bits. E5M2 is the upper half of a binary16; E4M3 has a bias of 7, no infinities and one
 * NaN of either sign (Micikevicius et al., "FP8 formats for deep learning", 2022). The forms FNUZ have a bias that is
 * greater by one, no infinities and a NaN where the negative zero would be (Noune et al., "8-bit numerical formats for deep
 * neural networks", 2022). E8M0 holds the exponent of a scale alone (OCP Microscaling Formats, 2023).
 */
export function eightBitFloats(form: EightBitForm): Float32Array {
  return Float32Array.from({ length: 256 }, (_, bits) => {
    switch (form) {
      case 'F8_E5M2':
        return halfToNumber(bits << 8);
      case 'F8_E4M3':
        return (bits & 127) === 127 ? Number.NaN : smallFloat(bits, 3, 7);
      case 'F8_E4M3FNUZ':
        return bits === 128 ? Number.NaN : smallFloat(bits, 3, 8);
      case 'F8_E5M2FNUZ':
        return bits === 128 ? Number.NaN : smallFloat(bits, 2, 16);
      case 'F8_E8M0':
        return bits === 255 ? Number.NaN : 2 ** (bits - 127);
    }
  });
}

/** A sign, an exponent and so many bits of fraction, with subnormal numbers at the exponent 0. */
function smallFloat(bits: number, fractionBits: number, bias: number): number {
  const scale = 2 ** fractionBits;
  const [sign, exponent, fraction] = [bits < 128 ? 1 : -1, (bits & 127) >> fractionBits, bits & (scale - 1)];
  return (
    sign * (exponent === 0 ? (fraction / scale) * 2 ** (1 - bias) : (1 + fraction / scale) * 2 ** (exponent - bias))
  );
}
