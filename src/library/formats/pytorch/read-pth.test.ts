import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { toErrorShape } from '../../../contracts/errors.ts';
import type { StoredTensor } from '../element-types.ts';
import { pthParts } from '../write-pth.ts';
import { zipParts } from '../write-zip.ts';
import type { ZipMember } from '../write-zip.ts';
import { readPth } from './read-pth.ts';
import type { ReadWeights } from './read-pth.ts';

const folder = mkdtempSync(join(tmpdir(), 'microbatch-pth-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixture = (name: string): string => resolve(import.meta.dirname, '../../../../test/files', name);

function read(bytes: Uint8Array): Promise<ReadWeights> {
  const path = join(folder, 'net.pth');
  writeFileSync(path, bytes);
  return readPth(path, bytes.length, bytes.subarray(0, 1000));
}

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await read(bytes);
  } catch (error) {
    const { code, message } = toErrorShape(error);
    return `${code} ${message}`;
  }
  return 'nothing was refused';
}

const archive = (members: readonly ZipMember[]): Buffer => Buffer.concat([...zipParts(members)]);
/** An archive around a pickle that is written as text, one character a byte. */
const pickled = (pickle: string, data = new Uint8Array(16)): Buffer =>
  archive([
    { name: 'a/data.pkl', data: Buffer.from(pickle, 'latin1') },
    { name: 'a/data/0', data },
  ]);
const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
const storage = (count: number): string =>
  `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}K${String.fromCharCode(count)}tQ`;
const tensor = (shape: number, stride: number, count = 4): string =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${storage(count)}K\0K${String.fromCharCode(shape)}\x85K${String.fromCharCode(stride)}\x85\x89}tR`;

describe('a file of torch.save', () => {
  it.each(['legacy.pth', 'zip.pth'])('is read in its form %s, as PyTorch 2.13 wrote it', async (name) => {
    const { tensors } = await read(readFileSync(fixture(name)));
    expect([...tensors]).toEqual([
      ['w', { type: 'F32', shape: [3, 2], data: Float32Array.of(0, 3, 1, 4, 2, 5) }],
      ['h', { type: 'F32', shape: [2], data: Float32Array.of(1.5, -2) }],
      ['b', { type: 'F32', shape: [2], data: Float32Array.of(1.5, -2) }],
      ['n', { type: 'I64', shape: [], data: BigInt64Array.of(7n) }],
    ]);
  });

  it.each(['types.pth', 'types-legacy.pth'])(
    'may hold the types that came last, and tensors that are no weights: %s',
    async (name) => {
      const { tensors, notes } = await read(readFileSync(fixture(name)));
      const transposed = Float32Array.of(0, 4, 1, 8, 2, 16);
      expect([...tensors]).toEqual([
        ['w', { type: 'F32', shape: [3, 2], data: transposed }],
        ['u16', { type: 'I32', shape: [2], data: Int32Array.of(1, 60_000) }],
        ['u32', { type: 'I64', shape: [2], data: BigInt64Array.of(1n, 4_000_000_000n) }],
        ['u64', { type: 'I64', shape: [2], data: BigInt64Array.of(1n, 2n ** 63n - 1n) }],
        ['e4m3', { type: 'F32', shape: [3, 2], data: transposed }],
        ['e5m2', { type: 'F32', shape: [3], data: Float32Array.of(1.25, 2.5, 5) }],
      ]);
      expect(notes).toEqual([
        'left out, as no weights: complex (of the type complex64), quantised (quantised), sparse (sparse), ' +
          'meta (without values, on the device meta), negated (a view with changed signs)',
        'left out, as no weights: huge (of unsigned numbers from 2^63)',
      ]);
    },
  );

  it('of no tensors but those is refused, with the name of the first', async () => {
    const quantised = 'ctorch._utils\n_rebuild_qtensor\n)R';
    expect(await refusal(pickled(`\x80\x02}(${text('w')}${quantised}u.`))).toMatch(
      /^import\/no-tensors .* w is quantised$/,
    );
  });

  it('says what it has left out and taken off', async () => {
    const { notes } = await read(readFileSync(fixture('legacy.pth')));
    expect(notes).toEqual(['read from state_dict', 'left out: epoch, optimizer', 'the prefix module. was taken off']);
  });

  it('may hold tensors beside the state_dict, and what torch.load allows beside tensors', async () => {
    const beside = [
      `${text('rng')}${tensor(4, 1)}`,
      `${text('model')}}(${text('_orig_mod.w')}${tensor(4, 1)}u`,
      `${text('device')}ctorch\ndevice\n${text('cpu')}\x85R`,
      `${text('type')}ctorch\nfloat32\n`,
      `${text('tags')}c__builtin__\nset\n]${text('a')}a\x85R`,
      `${text('bytes')}C\x02ab`,
    ];
    const { tensors, notes } = await read(pickled(`\x80\x02}(${beside.join('')}u.`));
    expect([...tensors.keys()]).toEqual(['w']);
    expect(notes).toEqual([
      'read from model',
      'left out: rng, device, type, tags, bytes',
      'the prefix _orig_mod. was taken off',
    ]);
  });

  it('comes back exactly from the writer', async () => {
    const tensors = new Map<string, StoredTensor>([
      ['a.weight', { type: 'F32', shape: [2, 2], data: Float32Array.of(1, -0, 1e-40, 3) }],
      ['a.count', { type: 'I64', shape: [], data: BigInt64Array.of(9n) }],
    ]);
    expect((await read(Buffer.concat([...pthParts(tensors)]))).tensors).toEqual(tensors);
  });
});

describe('a hostile file', () => {
  it('may name nothing that a state_dict does not need, and the name is told', async () => {
    expect(await refusal(pickled('\x80\x02cos\nsystem\n(X\x02\0\0\0lstR.'))).toMatch(
      /^import\/pickle-refused .* holds the name os\.system/,
    );
    expect(await refusal(pickled('\x80\x04\x8c\x08builtins\x8c\x04eval\x93.'))).toContain('the name builtins.eval');
    expect(await refusal(pickled('\x80\x02ctorch\n__proto__\n.'))).toContain('the name torch.__proto__');
    expect(await refusal(pickled('\x80\x02i.'))).toContain('the opcode 0x69');
  });

  it('may not read beyond a storage, repeat one without bound, or name a tensor twice', async () => {
    const dictionary = (...items: string[]) => pickled(`\x80\x02}(${items.join('')}u.`);
    expect((await read(dictionary(text('w'), tensor(4, 1)))).tensors.get('w')?.shape).toEqual([4]);
    expect(await refusal(dictionary(text('w'), tensor(4, 2)))).toContain('reaches element 6 of a storage of 4');
    expect((await read(dictionary(text('w'), tensor(200, 0)))).tensors.get('w')?.data).toEqual(new Float32Array(200));
    const expanded = tensor(1, 0).replace('K\x01\x85', 'J\0\0\0\x01\x85');
    expect(await refusal(dictionary(text('w'), expanded))).toContain('repeats its storage');
    expect(await refusal(dictionary(text('w'), tensor(9, 1, 9)))).toContain('is cut off');
    expect(await refusal(dictionary(text('w'), tensor(4, 1), text('w'), tensor(4, 1)))).toContain('used twice');
    const named = await read(dictionary(text('__proto__'), tensor(4, 1)));
    expect([...named.tensors.keys()]).toEqual(['__proto__']);
    const large = tensor(1, 0).replace('K\x01\x85', 'J\0\0\x20\0\x85');
    const many = Array.from({ length: 20 }, (_, index) => text(`w${String(index)}`) + large);
    expect(await refusal(dictionary(...many))).toMatch(/its tensors of 167772160 bytes share/);
  });

  it('cannot fill memory or time with its pickle', async () => {
    // Lists that hold the list before twice: 2^40 values for whoever walks them all.
    const levels = Array.from(
      { length: 40 },
      (_, level) => `](h${String.fromCharCode(level)}h${String.fromCharCode(level)}eq${String.fromCharCode(level + 1)}`,
    );
    expect(await refusal(pickled(`\x80\x02]q\0${levels.join('')}.`))).toMatch(/^import\/no-tensors/);
    expect(await refusal(pickled(`\x80\x02${'('.repeat(5000)}.`))).toContain('nested too deeply');
    expect(await refusal(pickled(`\x80\x02${'}'.repeat(600_000)}.`))).toContain('more than 500000 values');
    expect(await refusal(pickled(`\x80\x02${']'.repeat(99)}${'a'.repeat(98)}.`))).toContain('nested too deeply');
  });

  it('is refused as an archive that is encrypted, compressed, doubled or cut off', async () => {
    const good = pickled(`\x80\x02}(${text('w')}${tensor(4, 1)}u.`);
    const directory = good.indexOf('PK\x01\x02');
    const compressed = Buffer.from(good);
    compressed.writeUInt16LE(8, directory + 10);
    const encrypted = Buffer.from(good);
    encrypted.writeUInt16LE(0x0801, directory + 8);
    // Encryption puts 12 bytes before a member.
    encrypted.writeUInt32LE(encrypted.readUInt32LE(directory + 24) + 12, directory + 20);
    expect(await refusal(encrypted)).toContain('the archive is encrypted');
    expect(await refusal(compressed)).toContain('compressed');
    expect(await refusal(good.subarray(0, -30))).toMatch(/^import\/invalid-pth/);
    const member = { name: 'a/data.pkl', data: Buffer.from('\x80\x02N.', 'latin1') };
    expect(await refusal(archive([member, member]))).toContain('twice');
    expect(await refusal(archive([member, { ...member, name: 'b/data.pkl' }]))).toContain('several data.pkl');
    expect(await refusal(archive([member, { ...member, name: 'a/constants.pkl' }]))).toContain('TorchScript');
    const flipped = Buffer.from(good);
    flipped.writeUInt8(1, good.indexOf('a/data/0') + 10);
    expect(await refusal(flipped)).toContain('"a/data/0" does not have its checksum');
    const renamed = Buffer.from(good);
    renamed.write('b', good.indexOf('a/data/0'));
    expect(await refusal(renamed)).toContain('two descriptions of "a/data/0"');
    const sharing = Buffer.from(good);
    sharing.writeUInt32LE(0, good.lastIndexOf('a/data/0') - 4);
    expect(await refusal(sharing)).toContain('overlap');
    expect(await refusal(archive([{ name: 'a/other', data: member.data }]))).toContain('no data.pkl');
    expect(await refusal(readFileSync(fixture('legacy.pth')).subarray(0, -5))).toContain('cut off');
  });
});
