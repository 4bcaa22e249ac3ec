import { PickleBytes } from '../../../pickle/pickle-bytes.ts';
import { PickleStack } from '../../../pickle/pickle-stack.ts';
import { bare, quoted } from '../damage.ts';
import { refusedPickle, invalidPth } from './errors.ts';
import { Dictionary, Global, Sequence, StorageReference } from './pickled-items.ts';
import type { PickledItem } from './pickled-items.ts';
import { callNamed, isAllowed, isCount } from './torch-calls.ts';
import { storageType } from './torch-types.ts';

/** Far more than the pickle of any state_dict: the numbers themselves lie outside it. */
export const longestPickle = 16_000_000;
const mostObjects = 500_000;
const deepestMarks = 1000;

/**
 * Reads a pickle of `torch.save`, of protocols 2 to 5. Nothing in it is called: the few PyTorch names that a state_dict
 * needs are turned into data here, and every other name or opcode is refused. Memory is bounded by the length of the
 * pickle. `bytes` begin with it, at the byte `start` of the file. Returns what it holds and where in the file it ends.
 * Throws `import/pickle-refused`, `import/invalid-pth`.
 */
export function readTorchPickle(bytes: Uint8Array, file: string, start = 0): { value: PickledItem; end: number } {
  return new Machine(bytes, file).run(start);
}

type Operation = (machine: Machine) => void;

/** The stack machine of the pickle format, with the opcodes that `torch.save` writes and no others. */
class Machine {
  static readonly #operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
    [0x28, ({ stack }) => stack.mark()], // MARK
    [0x4e, ({ stack }) => stack.push(null)], // NONE
    [0x88, ({ stack }) => stack.push(true)], // NEWTRUE
    [0x89, ({ stack }) => stack.push(false)], // NEWFALSE
    [0x4b, ({ stack, bytes }) => stack.push(bytes.byte())], // BININT1
    [0x4d, ({ stack, bytes }) => stack.push(bytes.uint16())], // BININT2
    [0x4a, ({ stack, bytes }) => stack.push(bytes.int32())], // BININT
    [0x8a, (machine) => machine.stack.push(machine.#long())], // LONG1
    [0x47, ({ stack, bytes }) => stack.push(bytes.float64())], // BINFLOAT
    [0x58, ({ stack, bytes }) => stack.push(text(bytes.take(bytes.uint32())))], // BINUNICODE
    [0x8c, ({ stack, bytes }) => stack.push(text(bytes.take(bytes.byte())))], // SHORT_BINUNICODE
    [0x55, ({ stack, bytes }) => stack.push(text(bytes.take(bytes.byte())))], // SHORT_BINSTRING, of Python 2
    [0x43, (machine) => machine.#leaveOut(machine.bytes.byte())], // SHORT_BINBYTES
    [0x42, (machine) => machine.#leaveOut(machine.bytes.uint32())], // BINBYTES
    [0x71, ({ stack, bytes }) => stack.remember(bytes.byte())], // BINPUT
    [0x72, ({ stack, bytes }) => stack.remember(bytes.uint32())], // LONG_BINPUT
    [0x94, ({ stack }) => stack.remember()], // MEMOIZE
    [0x68, ({ stack, bytes }) => stack.push(stack.recall(bytes.byte()))], // BINGET
    [0x6a, ({ stack, bytes }) => stack.push(stack.recall(bytes.uint32()))], // LONG_BINGET
    [0x95, ({ bytes }) => void bytes.skip(8)], // FRAME
    [0x5d, ({ stack }) => stack.push(new Sequence([]))], // EMPTY_LIST
    [0x7d, ({ stack }) => stack.push(new Dictionary())], // EMPTY_DICT
    [0x29, ({ stack }) => stack.push(new Sequence([]))], // EMPTY_TUPLE
    [0x85, ({ stack }) => stack.push(new Sequence(stack.popMany(1)))], // TUPLE1
    [0x86, ({ stack }) => stack.push(new Sequence(stack.popMany(2)))], // TUPLE2
    [0x87, ({ stack }) => stack.push(new Sequence(stack.popMany(3)))], // TUPLE3
    [0x74, ({ stack }) => stack.push(new Sequence(stack.popMark()))], // TUPLE
    [0x8f, ({ stack }) => stack.push(new Sequence([]))], // EMPTY_SET
    [0x90, (machine) => machine.#append(machine.stack.popMark())], // ADDITEMS
    [0x91, ({ stack }) => stack.push(new Sequence(stack.popMark()))], // FROZENSET
    [0x61, (machine) => machine.#append([machine.stack.pop()])], // APPEND
    [0x65, (machine) => machine.#append(machine.stack.popMark())], // APPENDS
    [0x73, (machine) => machine.#setItems(machine.stack.popMany(2))], // SETITEM
    [0x75, (machine) => machine.#setItems(machine.stack.popMark())], // SETITEMS
    [0x63, (machine) => machine.stack.push(machine.#global(text(machine.bytes.line()), text(machine.bytes.line())))], // GLOBAL
    [0x93, (machine) => machine.#stackGlobal()], // STACK_GLOBAL
    [0x51, (machine) => machine.stack.push(machine.#storage(machine.stack.pop()))], // BINPERSID
    [0x52, (machine) => machine.stack.push(machine.#reduce())], // REDUCE
    [0x62, (machine) => machine.#build()], // BUILD
  ]);

  readonly bytes: PickleBytes;
  readonly stack: PickleStack<PickledItem>;
  readonly #file: string;

  constructor(bytes: Uint8Array, file: string) {
    const invalid = (problem: string): Error => invalidPth(file, problem);
    const tooLong = `its pickle is longer than ${String(longestPickle)} bytes`;
    this.bytes = new PickleBytes(bytes, invalid, bytes.length === longestPickle ? tooLong : undefined);
    this.stack = new PickleStack(invalid, { values: mostObjects, marks: deepestMarks });
    this.#file = file;
  }

  run(start: number): { value: PickledItem; end: number } {
    const { bytes, stack } = this;
    if (bytes.byte() !== 0x80) throw this.#invalid('it does not begin with a pickle');
    const protocol = bytes.byte();
    if (protocol < 2 || protocol > 5) throw this.#invalid(`its pickle is of protocol ${String(protocol)}`);
    for (;;) {
      const at = bytes.position;
      const opcode = bytes.byte();
      if (opcode === 0x2e) return { value: stack.pop(), end: start + bytes.position };
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
    if (!isAllowed(whole)) throw refusedPickle(this.#file, `the name ${bare(module)}.${bare(name)}`);
    return new Global(whole);
  }

  /** Strings of bytes lie beside tensors, never in their names. */
  #leaveOut(length: number): void {
    this.bytes.skip(length);
    this.stack.push(null);
  }

  #stackGlobal(): void {
    const [module, name] = this.stack.popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string') throw this.#invalid('a name that is no text');
    this.stack.push(this.#global(module, name));
  }

  /** `('storage', type, key, location, count)`, in the older form with a view after it. The location does not matter. */
  #storage(identity: PickledItem): StorageReference {
    const [word, type, key, , count, view] = identity instanceof Sequence ? identity.items : [];
    if (word !== 'storage' || !(type instanceof Global) || typeof key !== 'string' || !isCount(count)) {
      throw refusedPickle(this.#file, 'a reference to something that is no storage');
    }
    if (view !== undefined && view !== null) throw refusedPickle(this.#file, 'a storage inside another storage');
    const element = storageType(type.name);
    if (element === undefined) throw refusedPickle(this.#file, `a storage of type ${type.name}`);
    return new StorageReference({ type: element, key, count });
  }

  #reduce(): PickledItem {
    const [called, given] = this.stack.popMany(2);
    if (!(called instanceof Global) || !(given instanceof Sequence)) {
      throw refusedPickle(this.#file, 'a call of something that is no name');
    }
    return callNamed(called, given.items, this.#file);
  }

  /** State of an object: the `_metadata` of a state_dict, which holds versions of modules and no numbers. */
  #build(): void {
    const [built] = this.stack.popMany(2);
    if (!(built instanceof Dictionary))
      throw refusedPickle(this.#file, 'the state of something else than a dictionary');
    this.stack.push(built);
  }

  #append(items: readonly PickledItem[]): void {
    const list = this.stack.top();
    if (!(list instanceof Sequence)) throw this.#invalid('it appends to what is no list');
    for (const item of items) list.items.push(item);
  }

  #setItems(items: readonly PickledItem[]): void {
    const dictionary = this.stack.top();
    if (!(dictionary instanceof Dictionary) || items.length % 2 !== 0) {
      throw this.#invalid('it fills what is no dictionary');
    }
    for (let index = 0; index < items.length; index += 2) {
      const key = items[index];
      if (typeof key !== 'string' && typeof key !== 'number') throw this.#invalid('a dictionary key that is no text');
      const name = String(key);
      if (dictionary.entries.has(name)) throw this.#invalid(`the name ${quoted(name)} is used twice`);
      dictionary.entries.set(name, items[index + 1] ?? null);
    }
  }

  /** A number of so many bytes as its first one says, little endian, two's complement. No longer one belongs to a tensor. */
  #long(): number | bigint | null {
    const length = this.bytes.byte();
    if (length > 16) {
      this.bytes.skip(length);
      return null;
    }
    const value = this.bytes.take(length).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #invalid(problem: string) {
    return invalidPth(this.#file, problem);
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
