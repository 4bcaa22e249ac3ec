import { MicrobatchError } from '../../contracts/errors.ts';

/** An array of unsigned bytes as NumPy pickles it, row-major. */
export interface PickledArray {
  readonly kind: 'array';
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** What these pickles can hold. Strings of Python 2 are bytes; dictionary keys are read as Latin-1 text. */
export type PickledValue =
  null | boolean | number | Uint8Array | readonly PickledValue[] | ReadonlyMap<string, PickledValue> | PickledArray;

/** An object that a pickle has asked for and not yet filled. */
class Unbuilt {
  readonly what: 'array' | 'bytes type';
  shape: readonly number[] = [];
  data: Uint8Array | undefined;

  constructor(what: 'array' | 'bytes type') {
    this.what = what;
  }
}

class Global {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

class Dictionary {
  readonly entries = new Map<string, Item>();
}

class Tuple {
  readonly items: readonly Item[];

  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

type Item = null | boolean | number | Uint8Array | Item[] | Tuple | Dictionary | Global | Unbuilt;

const reconstruct = 'numpy.core.multiarray _reconstruct';
const arrayType = 'numpy ndarray';
const elementType = 'numpy dtype';
/** Levels of values inside values; those files have three. */
const deepest = 20;
const allowedGlobals: readonly string[] = [reconstruct, arrayType, elementType];

/**
 * Reads a pickle of protocol 2 as the published CIFAR archives hold them: dictionaries, lists, numbers, strings and NumPy
 * arrays of bytes. Nothing in it is called: the three NumPy names it may mention are turned into data here, and every
 * other name or opcode is refused. `file` names it in errors. Throws `data/pickle-refused`, `data/invalid-pickle`.
 */
export function readPickle(bytes: Uint8Array, file: string): PickledValue {
  return plain(new Machine(bytes, file).run(), file);
}

/** The stack machine of the pickle format, with the opcodes of those files and no others. */
class Machine {
  /** What each allowed opcode does. */
  static readonly #operations: ReadonlyMap<number, (machine: Machine) => void> = new Map([
    [0x28, (machine) => machine.#mark()], // MARK
    [0x4e, (machine) => machine.#push(null)], // NONE
    [0x88, (machine) => machine.#push(true)], // NEWTRUE
    [0x89, (machine) => machine.#push(false)], // NEWFALSE
    [0x4b, (machine) => machine.#push(machine.#byte())], // BININT1
    [0x4d, (machine) => machine.#push(machine.#view.getUint16(machine.#skip(2), true))], // BININT2
    [0x4a, (machine) => machine.#push(machine.#int32())], // BININT
    [0x55, (machine) => machine.#push(machine.#take(machine.#byte()))], // SHORT_BINSTRING
    [0x54, (machine) => machine.#push(machine.#take(machine.#int32()))], // BINSTRING
    [0x71, (machine) => machine.#remember(machine.#byte())], // BINPUT
    [0x72, (machine) => machine.#remember(machine.#int32())], // LONG_BINPUT
    [0x68, (machine) => machine.#push(machine.#recall(machine.#byte()))], // BINGET
    [0x6a, (machine) => machine.#push(machine.#recall(machine.#int32()))], // LONG_BINGET
    [0x5d, (machine) => machine.#push([])], // EMPTY_LIST
    [0x7d, (machine) => machine.#push(new Dictionary())], // EMPTY_DICT
    [0x29, (machine) => machine.#push(new Tuple([]))], // EMPTY_TUPLE
    [0x85, (machine) => machine.#push(new Tuple(machine.#popMany(1)))], // TUPLE1
    [0x86, (machine) => machine.#push(new Tuple(machine.#popMany(2)))], // TUPLE2
    [0x87, (machine) => machine.#push(new Tuple(machine.#popMany(3)))], // TUPLE3
    [0x74, (machine) => machine.#push(new Tuple(machine.#popMark()))], // TUPLE
    [0x61, (machine) => machine.#append([machine.#pop()])], // APPEND
    [0x65, (machine) => machine.#append(machine.#popMark())], // APPENDS
    [0x73, (machine) => machine.#setItems(machine.#popMany(2))], // SETITEM
    [0x75, (machine) => machine.#setItems(machine.#popMark())], // SETITEMS
    [0x63, (machine) => machine.#push(machine.#global())], // GLOBAL
    [0x52, (machine) => machine.#push(machine.#reduce())], // REDUCE
    [0x62, (machine) => machine.#push(machine.#build())], // BUILD
  ]);

  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  readonly #memo = new Map<number, Item>();
  #stack: Item[] = [];
  /** Stacks below the open marks. */
  readonly #below: Item[][] = [];
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  run(): Item {
    if (this.#byte() !== 0x80 || this.#byte() !== 2) throw this.#invalid('it is no pickle of protocol 2');
    for (;;) {
      const start = this.#at;
      const opcode = this.#byte();
      if (opcode === 0x2e) return this.#pop();
      const operation = Machine.#operations.get(opcode);
      if (operation === undefined) {
        throw this.#refused(`opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ${String(start)}`);
      }
      operation(this);
    }
  }

  #global(): Global {
    const name = `${this.#line()} ${this.#line()}`;
    if (!allowedGlobals.includes(name)) throw this.#refused(`the name ${JSON.stringify(name.slice(0, 100))}`);
    return new Global(name);
  }

  /** `_reconstruct(ndarray, (0,), 'b')` and `dtype('u1', 0, 1)`: the two calls of those files, as empty objects. */
  #reduce(): Unbuilt {
    const [called, given] = this.#popMany(2);
    if (!(called instanceof Global) || !(given instanceof Tuple)) throw this.#refused('a call of something else');
    const [first] = given.items;
    if (called.name === reconstruct && first instanceof Global && first.name === arrayType) {
      return new Unbuilt('array');
    }
    if (called.name === elementType && first instanceof Uint8Array) {
      const type = latin(first);
      if (type !== 'u1') throw this.#refused(`an array of element type ${JSON.stringify(type.slice(0, 20))}`);
      return new Unbuilt('bytes type');
    }
    throw this.#refused(`a call of ${called.name} with other arguments`);
  }

  #build(): Unbuilt {
    const [built, state] = this.#popMany(2);
    if (!(built instanceof Unbuilt) || !(state instanceof Tuple)) throw this.#refused('the state of something else');
    if (built.what === 'array') this.#fill(built, state.items);
    return built;
  }

  /** (version, shape, element type, whether column-major, data) */
  #fill(array: Unbuilt, [, shape, type, columnMajor, data]: readonly Item[]): void {
    const sides = shape instanceof Tuple ? shape.items : [];
    const plainSides = sides.filter((side) => typeof side === 'number').filter((side) => side >= 0);
    if (!(data instanceof Uint8Array) || plainSides.length !== sides.length || sides.length === 0) {
      throw this.#invalid('an array without shape or data');
    }
    if (!(type instanceof Unbuilt) || type.what !== 'bytes type') throw this.#invalid('an array without element type');
    if (columnMajor !== false) throw this.#invalid('an array in column-major order');
    if (plainSides.reduce((product, side) => product * side, 1) !== data.length) {
      throw this.#invalid(`an array of shape [${plainSides.join(', ')}] with ${String(data.length)} bytes`);
    }
    array.shape = plainSides;
    array.data = data;
  }

  #append(items: readonly Item[]): void {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw this.#invalid('it appends to what is no list');
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly Item[]): void {
    const dictionary = this.#stack.at(-1);
    if (!(dictionary instanceof Dictionary) || items.length % 2 !== 0)
      throw this.#invalid('it fills what is no dictionary');
    for (let index = 0; index < items.length; index += 2) {
      const key = items[index];
      if (!(key instanceof Uint8Array)) throw this.#invalid('a dictionary key that is no string');
      dictionary.entries.set(latin(key), items[index + 1] ?? null);
    }
  }

  #mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  #push(item: Item): void {
    this.#stack.push(item);
  }

  #pop(): Item {
    const item = this.#stack.pop();
    if (item === undefined) throw this.#invalid('it takes from an empty stack');
    return item;
  }

  #popMany(count: number): Item[] {
    if (this.#stack.length < count) throw this.#invalid('it takes from an empty stack');
    return this.#stack.splice(this.#stack.length - count, count);
  }

  #popMark(): Item[] {
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

  #recall(key: number): Item {
    const item = this.#memo.get(key);
    if (item === undefined) throw this.#invalid('it recalls what it has not stored');
    return item;
  }

  #int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)] ?? 0;
  }

  #take(length: number): Uint8Array {
    if (length < 0) throw this.#invalid('a string of negative length');
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end === -1) throw this.#invalid('it is cut off');
    return latin(this.#take(end - this.#at + 1)).slice(0, -1);
  }

  /** Moves on by `count` bytes and returns where they start. */
  #skip(count: number): number {
    const start = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) throw this.#invalid('it is cut off');
    return start;
  }

  #refused(what: string): MicrobatchError {
    return new MicrobatchError({
      code: 'data/pickle-refused',
      message: `${this.#file} holds ${what}, which no CIFAR file needs: it is not read any further`,
      expected: 'dictionaries, lists, numbers, strings and NumPy arrays of bytes',
      remedy: 'fetch the archive again from its source',
    });
  }

  #invalid(problem: string): MicrobatchError {
    return invalidPickle(this.#file, problem);
  }
}

/** The finished values; what was never filled, or is a bare name, is no data. */
function plain(item: Item, file: string): PickledValue {
  // Each object is turned once: a list that holds the same list many times must not be walked as often.
  const done = new Map<Item, PickledValue>();
  const turn = (each: Item, depth: number): PickledValue => {
    if (depth > deepest) throw invalidPickle(file, 'its values are nested too deeply');
    if (each === null || typeof each !== 'object' || each instanceof Uint8Array) return each;
    const known = done.get(each);
    if (known !== undefined) return known;
    const turned = turnObject(each, depth + 1);
    done.set(each, turned);
    return turned;
  };
  const turnObject = (each: Exclude<Item, Uint8Array | null | boolean | number>, depth: number): PickledValue => {
    if (each instanceof Dictionary) {
      return new Map([...each.entries].map(([key, value]) => [key, turn(value, depth)]));
    }
    if (Array.isArray(each)) return each.map((inner) => turn(inner, depth));
    if (each instanceof Tuple) return each.items.map((inner) => turn(inner, depth));
    if (each instanceof Unbuilt && each.data !== undefined) {
      return { kind: 'array', shape: each.shape, data: each.data };
    }
    throw invalidPickle(file, 'it holds an object that was not filled');
  };
  return turn(item, 0);
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function invalidPickle(file: string, problem: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/invalid-pickle',
    message: `${file} is not a usable pickle: ${problem}`,
    expected: 'an undamaged file of a CIFAR archive for Python',
    remedy: 'fetch the archive again from its source',
  });
}
