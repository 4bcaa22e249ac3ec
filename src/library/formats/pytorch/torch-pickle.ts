import { refusedPickle, invalidPth } from './errors.ts';

/** Element types of PyTorch's storages: bytes of an element. */
export const storageTypes = {
  FloatStorage: 4,
  DoubleStorage: 8,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  IntStorage: 4,
  ShortStorage: 2,
  CharStorage: 1,
  ByteStorage: 1,
  BoolStorage: 1,
} as const;
export type StorageType = keyof typeof storageTypes;

/** Numbers that lie outside the pickle, on whatever device they were. */
export interface TorchStorage {
  readonly type: StorageType;
  readonly key: string;
  /** Elements. */
  readonly count: number;
}

export class Dictionary {
  readonly entries = new Map<string, PickledItem>();
}

/** A list or a tuple. */
export class Sequence {
  readonly items: PickledItem[];

  constructor(items: PickledItem[]) {
    this.items = items;
  }
}

/** A view of a storage: offset and strides in elements. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

class Global {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

class StorageReference {
  readonly storage: TorchStorage;

  constructor(storage: TorchStorage) {
    this.storage = storage;
  }
}

export type PickledItem =
  null | boolean | number | bigint | string | Dictionary | Sequence | TorchTensor | Global | StorageReference;

const orderedDictionary = 'collections OrderedDict';
const rebuildTensor = 'torch._utils _rebuild_tensor_v2';
const rebuildParameter = 'torch._utils _rebuild_parameter';
const torchSize = 'torch Size';
const calls: readonly string[] = [orderedDictionary, rebuildTensor, rebuildParameter, torchSize];
/** Far more than the pickle of any state_dict: the numbers themselves lie outside it. */
const longestPickle = 16_000_000;
const mostObjects = 500_000;
const deepestMarks = 1000;
const mostAxes = 16;

/**
 * Reads a pickle of `torch.save`, of protocols 2 to 5, from `start`. Nothing in it is called: the few PyTorch names that a
 * state_dict needs are turned into data here, and every other name or opcode is refused. Memory is bounded by the length
 * of the pickle. Returns what it holds and where it ends. Throws `import/pickle-refused`, `import/invalid-pth`.
 */
export function readTorchPickle(bytes: Uint8Array, file: string, start = 0): { value: PickledItem; end: number } {
  return new Machine(bytes.subarray(start, start + longestPickle), file).run(start);
}

type Operation = (machine: Machine) => void;

/** The stack machine of the pickle format, with the opcodes that `torch.save` writes and no others. */
class Machine {
  static readonly #operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
    [0x28, (machine) => machine.#mark()], // MARK
    [0x4e, (machine) => machine.#push(null)], // NONE
    [0x88, (machine) => machine.#push(true)], // NEWTRUE
    [0x89, (machine) => machine.#push(false)], // NEWFALSE
    [0x4b, (machine) => machine.#push(machine.#byte())], // BININT1
    [0x4d, (machine) => machine.#push(machine.#view.getUint16(machine.#skip(2), true))], // BININT2
    [0x4a, (machine) => machine.#push(machine.#view.getInt32(machine.#skip(4), true))], // BININT
    [0x8a, (machine) => machine.#push(machine.#long(machine.#byte()))], // LONG1
    [0x47, (machine) => machine.#push(machine.#view.getFloat64(machine.#skip(8)))], // BINFLOAT
    [0x58, (machine) => machine.#push(machine.#text(machine.#uint32()))], // BINUNICODE
    [0x8c, (machine) => machine.#push(machine.#text(machine.#byte()))], // SHORT_BINUNICODE
    [0x55, (machine) => machine.#push(machine.#text(machine.#byte()))], // SHORT_BINSTRING, of Python 2
    [0x71, (machine) => machine.#remember(machine.#byte())], // BINPUT
    [0x72, (machine) => machine.#remember(machine.#uint32())], // LONG_BINPUT
    [0x94, (machine) => machine.#remember(machine.#memo.size)], // MEMOIZE
    [0x68, (machine) => machine.#push(machine.#recall(machine.#byte()))], // BINGET
    [0x6a, (machine) => machine.#push(machine.#recall(machine.#uint32()))], // LONG_BINGET
    [0x95, (machine) => void machine.#skip(8)], // FRAME
    [0x5d, (machine) => machine.#push(new Sequence([]))], // EMPTY_LIST
    [0x7d, (machine) => machine.#push(new Dictionary())], // EMPTY_DICT
    [0x29, (machine) => machine.#push(new Sequence([]))], // EMPTY_TUPLE
    [0x85, (machine) => machine.#push(new Sequence(machine.#popMany(1)))], // TUPLE1
    [0x86, (machine) => machine.#push(new Sequence(machine.#popMany(2)))], // TUPLE2
    [0x87, (machine) => machine.#push(new Sequence(machine.#popMany(3)))], // TUPLE3
    [0x74, (machine) => machine.#push(new Sequence(machine.#popMark()))], // TUPLE
    [0x61, (machine) => machine.#append([machine.#pop()])], // APPEND
    [0x65, (machine) => machine.#append(machine.#popMark())], // APPENDS
    [0x73, (machine) => machine.#setItems(machine.#popMany(2))], // SETITEM
    [0x75, (machine) => machine.#setItems(machine.#popMark())], // SETITEMS
    [0x63, (machine) => machine.#push(machine.#global(machine.#line(), machine.#line()))], // GLOBAL
    [0x93, (machine) => machine.#stackGlobal()], // STACK_GLOBAL
    [0x51, (machine) => machine.#push(machine.#storage(machine.#pop()))], // BINPERSID
    [0x52, (machine) => machine.#push(machine.#reduce())], // REDUCE
    [0x62, (machine) => machine.#build()], // BUILD
  ]);

  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  readonly #memo = new Map<number, PickledItem>();
  #stack: PickledItem[] = [];
  /** Stacks below the open marks. */
  readonly #below: PickledItem[][] = [];
  #pushed = 0;
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  run(start: number): { value: PickledItem; end: number } {
    if (this.#byte() !== 0x80) throw invalidPth(this.#file, 'it does not begin with a pickle');
    const protocol = this.#byte();
    if (protocol < 2 || protocol > 5) throw invalidPth(this.#file, `its pickle is of protocol ${String(protocol)}`);
    for (;;) {
      const at = this.#at;
      const opcode = this.#byte();
      if (opcode === 0x2e) return { value: this.#pop(), end: start + this.#at };
      const operation = Machine.#operations.get(opcode);
      if (operation === undefined) {
        const hexadecimal = opcode.toString(16).padStart(2, '0');
        throw refusedPickle(this.#file, `the opcode 0x${hexadecimal} at byte ${String(start + at)}`);
      }
      operation(this);
    }
  }

  #global(module: string, name: string): Global {
    const whole = `${module} ${name}`;
    const isStorage = module === 'torch' && Object.hasOwn(storageTypes, name);
    if (!isStorage && !calls.includes(whole)) {
      throw refusedPickle(this.#file, `the name ${module.slice(0, 100)}.${name.slice(0, 100)}`);
    }
    return new Global(whole);
  }

  #stackGlobal(): void {
    const [module, name] = this.#popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string') throw this.#invalid('a name that is no text');
    this.#push(this.#global(module, name));
  }

  /** `('storage', type, key, location, count)`, in the older form with a view after it. The location does not matter. */
  #storage(identity: PickledItem): StorageReference {
    const [word, type, key, , count, view] = identity instanceof Sequence ? identity.items : [];
    if (word !== 'storage' || !(type instanceof Global) || typeof key !== 'string' || !isCount(count)) {
      throw refusedPickle(this.#file, 'a reference to something that is no storage');
    }
    if (view !== undefined && view !== null) throw refusedPickle(this.#file, 'a storage inside another storage');
    const name = type.name.slice('torch '.length);
    const known = storageNames.find((each) => each === name);
    if (known === undefined) throw refusedPickle(this.#file, `a storage of type ${type.name}`);
    return new StorageReference({ type: known, key, count });
  }

  #reduce(): PickledItem {
    const [called, given] = this.#popMany(2);
    if (!(called instanceof Global) || !(given instanceof Sequence)) {
      throw refusedPickle(this.#file, 'a call of something that is no name');
    }
    const [first] = given.items;
    if (called.name === orderedDictionary && given.items.length === 0) return new Dictionary();
    if (called.name === torchSize && first instanceof Sequence) return first;
    if (called.name === rebuildParameter && first instanceof TorchTensor) return first;
    if (called.name === rebuildTensor) return this.#tensor(given.items);
    throw refusedPickle(this.#file, `a call of ${called.name.replace(' ', '.')} with other arguments`);
  }

  #tensor([reference, offset, shape, strides]: readonly PickledItem[]): TorchTensor {
    if (!(reference instanceof StorageReference) || !isCount(offset)) throw this.#invalid('a tensor without a storage');
    const [sides, steps] = [this.#counts(shape), this.#counts(strides)];
    if (sides.length !== steps.length) throw this.#invalid('a tensor with shape and strides of different length');
    const { count } = reference.storage;
    const elements = sides.reduce((product, side) => product * side, 1);
    const last = sides.reduce((sum, side, axis) => sum + (side - 1) * (steps[axis] ?? 0), offset);
    if (elements > 0 && last >= count) {
      throw this.#invalid(
        `a tensor of shape [${sides.join(', ')}] reaches element ${String(last)} of a storage of ${String(count)}`,
      );
    }
    if (elements > count) throw this.#invalid(`a tensor of shape [${sides.join(', ')}] repeats its storage`);
    return new TorchTensor(reference.storage, offset, sides, steps);
  }

  #counts(item: PickledItem | undefined): number[] {
    const items = item instanceof Sequence ? item.items : [null];
    const counts = items.filter(isCount);
    if (counts.length !== items.length || counts.length > mostAxes) throw this.#invalid('a shape that is none');
    return counts;
  }

  /** State of an object: the `_metadata` of a state_dict, which holds versions of modules and no numbers. */
  #build(): void {
    const [built] = this.#popMany(2);
    if (!(built instanceof Dictionary))
      throw refusedPickle(this.#file, 'the state of something else than a dictionary');
    this.#push(built);
  }

  #append(items: readonly PickledItem[]): void {
    const list = this.#stack.at(-1);
    if (!(list instanceof Sequence)) throw this.#invalid('it appends to what is no list');
    for (const item of items) list.items.push(item);
  }

  #setItems(items: readonly PickledItem[]): void {
    const dictionary = this.#stack.at(-1);
    if (!(dictionary instanceof Dictionary) || items.length % 2 !== 0) {
      throw this.#invalid('it fills what is no dictionary');
    }
    for (let index = 0; index < items.length; index += 2) {
      const key = items[index];
      if (typeof key !== 'string' && typeof key !== 'number') throw this.#invalid('a dictionary key that is no text');
      const name = String(key);
      if (name === '__proto__') throw this.#invalid('a tensor has the name __proto__');
      if (dictionary.entries.has(name)) throw this.#invalid(`the name ${name.slice(0, 100)} is used twice`);
      dictionary.entries.set(name, items[index + 1] ?? null);
    }
  }

  #mark(): void {
    if (this.#below.length >= deepestMarks) throw this.#invalid('its values are nested too deeply');
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  #push(item: PickledItem): void {
    this.#pushed += 1;
    if (this.#pushed > mostObjects) throw this.#invalid(`it holds more than ${String(mostObjects)} values`);
    this.#stack.push(item);
  }

  #pop(): PickledItem {
    const item = this.#stack.pop();
    if (item === undefined) throw this.#invalid('it takes from an empty stack');
    return item;
  }

  #popMany(count: number): PickledItem[] {
    if (this.#stack.length < count) throw this.#invalid('it takes from an empty stack');
    return this.#stack.splice(this.#stack.length - count, count);
  }

  #popMark(): PickledItem[] {
    const items = this.#stack;
    const below = this.#below.pop();
    if (below === undefined) throw this.#invalid('it looks for a mark that is not there');
    this.#stack = below;
    return items;
  }

  #remember(key: number): void {
    const item = this.#stack.at(-1);
    if (item === undefined) throw this.#invalid('it takes from an empty stack');
    this.#memo.set(key, item);
  }

  #recall(key: number): PickledItem {
    const item = this.#memo.get(key);
    if (item === undefined) throw this.#invalid('it recalls what it has not stored');
    return item;
  }

  /** A number of so many bytes, little endian, two's complement. */
  #long(length: number): number | bigint {
    if (length > 16) throw this.#invalid('a number of more than 16 bytes');
    const start = this.#skip(length);
    let value = 0n;
    for (let index = length - 1; index >= 0; index -= 1) value = value * 256n + BigInt(this.#bytes[start + index] ?? 0);
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)] ?? 0;
  }

  #text(length: number): string {
    const start = this.#skip(length);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length));
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end === -1) throw this.#invalid('it is cut off');
    return this.#text(end - this.#at + 1).slice(0, -1);
  }

  /** Moves on by `count` bytes and returns where they start. */
  #skip(count: number): number {
    const start = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      throw this.#invalid(
        this.#bytes.length === longestPickle
          ? `its pickle is longer than ${String(longestPickle)} bytes`
          : 'it is cut off',
      );
    }
    return start;
  }

  #invalid(problem: string) {
    return invalidPth(this.#file, problem);
  }
}

const storageNames: readonly StorageType[] = [
  'FloatStorage',
  'DoubleStorage',
  'HalfStorage',
  'BFloat16Storage',
  'LongStorage',
  'IntStorage',
  'ShortStorage',
  'CharStorage',
  'ByteStorage',
  'BoolStorage',
];

function isCount(item: PickledItem | undefined): item is number {
  return typeof item === 'number' && Number.isSafeInteger(item) && item >= 0;
}
