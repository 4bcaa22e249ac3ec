import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSafetensors, readSafetensors } from './safetensors.ts';
import type { OpenSafetensors } from './safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'microbatch-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Opens a file and reads all of its tensors, which stay readable. */
async function openWhole(bytes: Uint8Array): Promise<OpenSafetensors> {
  const path = join(folder, 'net.safetensors');
  writeFileSync(path, bytes);
  const handle = await open(path);
  try {
    const { tensors, notes } = await openSafetensors(handle, bytes.length);
    const read = await Promise.all([...tensors].map(async ([name, tensor]) => ({ name, tensor: await tensor.read() })));
    return {
      tensors: new Map(read.map(({ name, tensor }) => [name, { ...tensor, read: () => Promise.resolve(tensor) }])),
      notes,
    };
  } finally {
    await handle.close();
  }
}

/** A file written by hand after the format's definition. */
function file(header: object, body: Uint8Array): Uint8Array {
  return fileOf(JSON.stringify(header), body);
}

function fileOf(header: string, body: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
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
    expect(
      readSafetensors(file({ x: { dtype: 'U8', shape: [2], data_offsets: [0, 2] } }, Uint8Array.of(7, 255))),
    ).toEqual(new Map([['x', { type: 'U8', shape: [2], data: Uint8Array.of(7, 255) }]]));
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

  it('widens F16 and BF16 exactly, with infinities and the smallest numbers', () => {
    // 1.5, -2, the smallest half, infinity; then 1.5, -2 as bfloat16.
    const halves = Uint16Array.of(0x3e00, 0xc000, 0x0001, 0x7c00, 0x3fc0, 0xc000);
    const tensors = readSafetensors(
      file(
        {
          half: { dtype: 'F16', shape: [4], data_offsets: [0, 8] },
          brain: { dtype: 'BF16', shape: [2], data_offsets: [8, 12] },
        },
        new Uint8Array(halves.buffer),
      ),
    );
    expect(tensors.get('half')?.data).toEqual(Float32Array.of(1.5, -2, 2 ** -24, Infinity));
    expect(tensors.get('brain')?.data).toEqual(Float32Array.of(1.5, -2));
  });

  it('refuses data that overlaps, leaves a gap or is left over', () => {
    const at = (start: number) => ({ dtype: 'F32', shape: [1], data_offsets: [start, start + 4] });
    const read = (header: object, length: number) => () => readSafetensors(file(header, body.subarray(0, length)));
    expect([...read({ b: at(4), a: at(0) }, 8)().keys()]).toEqual(['b', 'a']);
    expect(read({ a: at(0), b: at(0) }, 4)).toThrow('tensor b begins at byte 0 where byte 4 is next');
    expect(read({ a: at(0), b: at(8) }, 12)).toThrow('tensor b begins at byte 8 where byte 4 is next');
    expect(read({ a: at(0) }, 8)).toThrow('the tensors end at byte 4 of 8');
  });

  it('refuses sizes beyond all memory, and a name used twice; __proto__ is a name like others', () => {
    const huge = { dtype: 'F32', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 2 ** 50] };
    expect(() => readSafetensors(file({ x: huge }, body))).toThrow('tensor x of shape');
    const entry = '{"dtype":"F32","shape":[4],"data_offsets":[0,16]}';
    expect(() => readSafetensors(fileOf(`{"x":${entry},"\\u0078":${entry}}`, body))).toThrow(
      'the name x is used twice',
    );
    expect([...readSafetensors(fileOf(`{"__proto__":${entry}}`, body)).keys()]).toEqual(['__proto__']);
  });

  it('reads the small types exactly', () => {
    const small = file(
      {
        e4m3: { dtype: 'F8_E4M3', shape: [4], data_offsets: [0, 4] },
        e5m2: { dtype: 'F8_E5M2', shape: [2], data_offsets: [4, 6] },
        i16: { dtype: 'I16', shape: [1], data_offsets: [6, 8] },
        u32: { dtype: 'U32', shape: [1], data_offsets: [8, 12] },
        bool: { dtype: 'BOOL', shape: [2], data_offsets: [12, 14] },
      },
      Uint8Array.of(0x38, 0xb8, 0x01, 0x7f, 0x3c, 0xfc, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0),
    );
    expect([...readSafetensors(small).values()].map(({ type, data }) => [type, ...data])).toEqual([
      ['F32', 1, -1, 2 ** -9, Number.NaN],
      ['F32', 1, -Infinity],
      ['I32', -2],
      ['I64', 4_294_967_295n],
      ['U8', 1, 0],
    ]);
  });

  it('leaves out what no weight can be, and unsigned numbers that are too great, by name', async () => {
    const header = {
      w: { dtype: 'F8_E8M0', shape: [1], data_offsets: [0, 1] },
      u: { dtype: 'U64', shape: [1], data_offsets: [1, 9] },
      huge: { dtype: 'U64', shape: [1], data_offsets: [9, 17] },
      c: { dtype: 'C64', shape: [1], data_offsets: [17, 25] },
    };
    const data = Buffer.alloc(25, 255);
    data.writeUInt8(128, 0);
    data.writeBigUInt64LE(2n ** 63n - 1n, 1);
    const { tensors, notes } = await openWhole(file(header, data));
    expect([...tensors.keys()]).toEqual(['w', 'u']);
    expect(await tensors.get('w')?.read()).toEqual({ type: 'F32', shape: [1], data: Float32Array.of(2) });
    expect(await tensors.get('u')?.read()).toEqual({ type: 'I64', shape: [1], data: BigInt64Array.of(2n ** 63n - 1n) });
    expect(notes).toEqual(['left out, as no weights: c (of the type C64), huge (of unsigned numbers from 2^63)']);
    const alone = file({ c: { dtype: 'C64', shape: [1], data_offsets: [0, 8] } }, Buffer.alloc(8));
    await expect(openWhole(alone)).rejects.toThrow('c is of the type C64');
  });

  it('refuses a header that is not UTF-8, does not begin as one, or has metadata of another kind', () => {
    const entry = '"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}';
    expect(() => readSafetensors(fileOf(`{${entry},"__metadata__":{"a":1}}`, body))).toThrow('__metadata__');
    expect(() => readSafetensors(fileOf(`\ufeff{${entry}}`, body))).toThrow('not a JSON object');
    const latin = fileOf(`{${entry.replace('x', 'z')}}`, body);
    latin[latin.indexOf(0x7a)] = 0xff;
    expect(() => readSafetensors(latin)).toThrow('not a JSON object in UTF-8');
  });

  it('refuses a name of many megabytes without telling it', () => {
    const name = 'a'.repeat(6_000_000);
    expect(() => readSafetensors(fileOf(`{"${name}":1}`, body))).toThrow('longer than 1000 characters');
  });
});
