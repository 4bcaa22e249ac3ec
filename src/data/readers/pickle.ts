import { MicrobatchError } from '../../contracts/errors.ts';
import { PickleBytes } from '../../pickle/pickle-bytes.ts';
import { PickleStack } from '../../pickle/pickle-stack.ts';

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
    [0x28, ({ stack }) => stack.mark()], // MARK
    [0x4e, ({ stack }) => stack.push(null)], // NONE
    [0x88, ({ stack }) => stack.push(true)], // NEWTRUE
    [0x89, ({ stack }) => stack.push(false)], // NEWFALSE
    [0x4b, ({ stack, bytes }) => stack.push(bytes.byte())], // BININT1
    [0x4d, ({ stack, bytes }) => stack.push(bytes.uint16())], // BININT2
    [0x4a, ({ stack, bytes }) => stack.push(bytes.int32())], // BININT
    [0x55, ({ stack, bytes }) => stack.push(bytes.take(bytes.byte()))], // SHORT_BINSTRING
    [0x54, ({ stack, bytes }) => stack.push(bytes.take(bytes.int32()))], // BINSTRING
    [0x71, ({ stack, bytes }) => stack.remember(bytes.byte())], // BINPUT
    [0x72, ({ stack, bytes }) => stack.remember(bytes.int32())], // LONG_BINPUT
    [0x68, ({ stack, bytes }) => stack.push(stack.recall(bytes.byte()))], // BINGET
    [0x6a, ({ stack, bytes }) => stack.push(stack.recall(bytes.int32()))], // LONG_BINGET
    [0x5d, ({ stack }) => stack.push([])], // EMPTY_LIST
    [0x7d, ({ stack }) => stack.push(new Dictionary())], // EMPTY_DICT
    [0x29, ({ stack }) => stack.push(new Tuple([]))], // EMPTY_TUPLE
    [0x85, ({ stack }) => stack.push(new Tuple(stack.popMany(1)))], // TUPLE1
    [0x86, ({ stack }) => stack.push(new Tuple(stack.popMany(2)))], // TUPLE2
    [0x87, ({ stack }) => stack.push(new Tuple(stack.popMany(3)))], // TUPLE3
    [0x74, ({ stack }) => stack.push(new Tuple(stack.popMark()))], // TUPLE
    [0x61, (machine) => machine.#append([machine.stack.pop()])], // APPEND
    [0x65, (machine) => machine.#append(machine.stack.popMark())], // APPENDS
    [0x73, (machine) => machine.#setItems(machine.stack.popMany(2))], // SETITEM
    [0x75, (machine) => machine.#setItems(machine.stack.popMark())], // SETITEMS
    [0x63, (machine) => machine.stack.push(machine.#global())], // GLOBAL
    [0x52, (machine) => machine.stack.push(machine.#reduce())], // REDUCE
    [0x62, (machine) => machine.stack.push(machine.#build())], // BUILD
  ]);

  readonly bytes: PickleBytes;
  readonly stack: PickleStack<Item>;
  readonly #file: string;

  constructor(bytes: Uint8Array, file: string) {
    const invalid = (problem: string): MicrobatchError => invalidPickle(file, problem);
    this.bytes = new PickleBytes(bytes, invalid);
    this.stack = new PickleStack(invalid);
    this.#file = file;
  }

  run(): Item {
    if (this.bytes.byte() !== 0x80 || this.bytes.byte() !== 2) throw this.#invalid('it is no pickle of protocol 2');
    for (;;) {
      const start = this.bytes.position;
      const opcode = this.bytes.byte();
      if (opcode === 0x2e) return this.stack.pop();
      const operation = Machine.#operations.get(opcode);
      if (operation === undefined) {
        throw this.#refused(`opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ${String(start)}`);
      }
      operation(this);
    }
  }

  #global(): Global {
    const name = `${latin(this.bytes.line())} ${latin(this.bytes.line())}`;
    if (!allowedGlobals.includes(name)) throw this.#refused(`the name ${JSON.stringify(name.slice(0, 100))}`);
    return new Global(name);
  }

  /** `_reconstruct(ndarray, (0,), 'b')` and `dtype('u1', 0, 1)`: the two calls of those files, as empty objects. */
  #reduce(): Unbuilt {
    const [called, given] = this.stack.popMany(2);
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
    const [built, state] = this.stack.popMany(2);
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
    const list = this.stack.top();
    if (!Array.isArray(list)) throw this.#invalid('it appends to what is no list');
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly Item[]): void {
    const dictionary = this.stack.top();
    if (!(dictionary instanceof Dictionary) || items.length % 2 !== 0)
      throw this.#invalid('it fills what is no dictionary');
    for (let index = 0; index < items.length; index += 2) {
      const key = items[index];
      if (!(key instanceof Uint8Array)) throw this.#invalid('a dictionary key that is no string');
      dictionary.entries.set(latin(key), items[index + 1] ?? null);
    }
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
