import { describe, expect, it } from 'vitest';
import { readSafetensors } from './safetensors.ts';

/** A file written by hand after the format's definition. */
function file(header: object, body: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return Uint8Array.from([...length, ...text, ...body]);
}

// 1.5 as float32, -2 as int32, 0.25 as float64, little endian.
const body = Uint8Array.of(0, 0, 0xc0, 0x3f, 0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0xd0, 0x3f);

describe('readSafetensors', () => {
  it('reads tensors of several types at any offset', () => {
    const tensors = readSafetensors(
      file(
        {
          __metadata__: { format: 'x' },
          weight: { dtype: 'F32', shape: [1, 1], data_offsets: [0, 4] },
          label: { dtype: 'I32', shape: [1], data_offsets: [4, 8] },
          wide: { dtype: 'F64', shape: [], data_offsets: [8, 16] },
        },
        body,
      ),
    );
    expect([...tensors.keys()]).toEqual(['weight', 'label', 'wide']);
    expect(tensors.get('weight')).toEqual({ type: 'F32', shape: [1, 1], data: Float32Array.of(1.5) });
    expect(tensors.get('label')?.data).toEqual(Int32Array.of(-2));
    expect(tensors.get('wide')?.data).toEqual(Float64Array.of(0.25));
  });

  it('refuses a cut file, a broken header, a wrong size and an unknown type', () => {
    const good = { dtype: 'F32', shape: [4], data_offsets: [0, 16] };
    expect(readSafetensors(file({ x: good }, body)).get('x')?.data).toHaveLength(4);
    expect(() => readSafetensors(file({ x: good }, body.subarray(0, 12)))).toThrow('tensor x of shape [4]');
    expect(() => readSafetensors(file({ x: { ...good, shape: [3] } }, body))).toThrow('tensor x of shape [3]');
    expect(() => readSafetensors(file({ x: { ...good, dtype: 'Q4' } }, body))).toThrow('element type Q4');
    expect(() => readSafetensors(Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0, 123))).toThrow('longer than the file');
    expect(() => readSafetensors(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 123))).toThrow('not a JSON object');
  });
});
