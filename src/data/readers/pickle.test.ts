import { describe, expect, it } from 'vitest';
import { MicrobatchError } from '../../contracts/errors.ts';
import { batchImages, pickledBatch } from './archive-fixture.ts';
import { readPickle } from './pickle.ts';

const pickle = (body: string): Uint8Array => Buffer.from(`\x80\x02${body}`, 'latin1');

describe('the pickle reader', () => {
  it('reads a dictionary with labels and an array of bytes', () => {
    const data = batchImages(2, 1);
    const value = readPickle(pickledBatch([3, 7], data), 'data_batch_1');
    expect(value).toEqual(
      new Map<string, unknown>([
        ['labels', [3, 7]],
        ['data', { kind: 'array', shape: [2, 3072], data: Buffer.from(data) }],
      ]),
    );
  });

  it.each([
    ['a call of the shell', 'cos\nsystem\nU\x04date\x85R.', /os system/],
    ['a call of eval', 'c__builtin__\neval\nU\x011\x85R.', /__builtin__ eval/],
    ['another name of NumPy', 'cnumpy\nload\nU\x011\x85R.', /numpy load/],
    ['an allowed name with other arguments', 'cnumpy\ndtype\nK\x01\x85R.', /with other arguments/],
    ['an object type', 'cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R.', /element type "O8"/],
    ['an instance of a class (INST)', '(ios\nsystem\n.', /opcode 0x69/],
    ['an instance of a class (OBJ)', '(cnumpy\ndtype\no.', /opcode 0x6f/],
    ['an instance of a class (NEWOBJ)', 'cnumpy\ndtype\n)\x81.', /opcode 0x81/],
    ['a registered extension (EXT1)', '\x82\x01.', /opcode 0x82/],
    ['a persistent id', 'Pfile\n.', /opcode 0x50/],
    ['a text that is evaluated (STRING)', "S'a'\n.", /opcode 0x53/],
    ['a state that calls (BUILD on a list)', '])b.', /state of something else/],
  ])('refuses %s, by name, and calls nothing', (_, body, named) => {
    expect(() => readPickle(pickle(body), 'train')).toThrow(named);
    expect(() => readPickle(pickle(body), 'train')).toThrow(expect.objectContaining({ code: 'data/pickle-refused' }));
  });

  it('refuses a protocol other than 2', () => {
    expect(() => readPickle(Buffer.from('\x80\x04N.', 'latin1'), 'train')).toThrow(/protocol 2/);
    expect(() => readPickle(Buffer.from('N.', 'latin1'), 'train')).toThrow(/protocol 2/);
  });

  it('names the file and what is wrong wherever it is cut off', () => {
    const whole = pickledBatch([1], batchImages(1, 1));
    const cuts = [...Array.from({ length: 240 }, (_, cut) => cut), whole.length - 20, whole.length - 1];
    for (const cut of cuts) {
      expect(() => readPickle(whole.subarray(0, cut), 'data_batch_1')).toThrow(MicrobatchError);
      expect(() => readPickle(whole.subarray(0, cut), 'data_batch_1')).toThrow(/data_batch_1/);
    }
  });

  it('ends with an error of its own on any damaged byte that it notices', () => {
    const whole = pickledBatch([1, 2], batchImages(2, 1).subarray(0, 8), 'labels', 4);
    for (let at = 0; at < whole.length; at += 1) {
      for (const byte of [0, 0x28, 0x2e, 0x52, 0x63, 0xff]) {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        try {
          readPickle(damaged, 'x');
        } catch (error) {
          expect(error, `byte ${String(at)} as ${String(byte)}`).toBeInstanceOf(MicrobatchError);
        }
      }
    }
  });

  it('reads a list that holds a list many times, many times over, without walking it as often', () => {
    const laughs = Array.from({ length: 18 }, (_, level) => `](${`h${String.fromCharCode(level)}`.repeat(20)}e`);
    const body = `]q\x00${laughs.map((list, level) => `${list}q${String.fromCharCode(level + 1)}`).join('')}.`;
    // As often as it stands in the others, the innermost list is there 20 to the 17th times: to walk all would never end.
    expect(readPickle(pickle(body), 'x')).toHaveLength(20);
  });

  it('refuses a list inside itself', () => {
    expect(() => readPickle(pickle(']q\x00h\x00a.'), 'x')).toThrow(/nested too deeply/);
  });
});
