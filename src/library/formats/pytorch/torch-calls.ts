import { elementsOf, told } from '../element-types.ts';
import { invalidPth, refusedPickle } from './errors.ts';
import { Dictionary, Global, OtherTensor, Sequence, StorageReference, TorchTensor } from './pickled-items.ts';
import type { PickledItem } from './pickled-items.ts';
import { isElementType, newElementType, storageType } from './torch-types.ts';
import type { TorchElement } from './torch-types.ts';

/** Elements of a tensor that has more than its storage. */
const mostRepeated = 2 ** 22;

/** What a call of a name becomes; undefined where it is no call that `torch.save` writes. */
type Call = (given: readonly PickledItem[], file: string) => PickledItem | undefined;

const nothing: Call = () => null;
const other =
  (what: string): Call =>
  (given) =>
    new OtherTensor(what, given);
const parameter: Call = ([tensor]) =>
  tensor instanceof TorchTensor || tensor instanceof OtherTensor ? tensor : undefined;
const typedTensor: Call = ([storage, offset, shape, strides, , , metadata], file) =>
  tensorOf({ storage, offset, shape, strides, metadata, type: undefined }, file);
const untypedTensor: Call = ([storage, offset, shape, strides, , , type, metadata], file) =>
  type instanceof Global ? tensorOf({ storage, offset, shape, strides, metadata, type }, file) : undefined;

/**
 * The names that a state_dict needs, and those that checkpoints hold beside one and `torch.load` allows with
 * `weights_only=True`, of which nothing is kept. Calling one turns its arguments into data; nothing of PyTorch runs.
 */
const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['collections OrderedDict', (given) => (given.length === 0 ? new Dictionary() : undefined)],
  ['torch Size', ([sides]) => (sides instanceof Sequence ? sides : undefined)],
  ['torch._utils _rebuild_tensor', typedTensor],
  ['torch._utils _rebuild_tensor_v2', typedTensor],
  ['torch._utils _rebuild_tensor_v3', untypedTensor],
  ['torch._utils _rebuild_parameter', parameter],
  ['torch._utils _rebuild_parameter_with_state', parameter],
  ['torch._utils _rebuild_qtensor', other('quantised')],
  ['torch._utils _rebuild_sparse_tensor', other('sparse')],
  ['torch._utils _rebuild_meta_tensor_no_storage', other('without values, on the device meta')],
  ['torch.serialization _get_layout', nothing],
  ...['torch device', 'collections Counter', '_codecs encode'].map((name): [string, Call] => [name, nothing]),
  ...['__builtin__', 'builtins'].flatMap((module) =>
    ['set', 'frozenset', 'complex', 'bytearray'].map((name): [string, Call] => [`${module} ${name}`, nothing]),
  ),
]);

const quantisation = /^torch per_(tensor|channel)_(affine|symmetric|affine_float_qparams)$/;

/** Whether a pickle may hold a name. */
export function isAllowed(name: string): boolean {
  return calls.has(name) || storageType(name) !== undefined || isElementType(name) || quantisation.test(name);
}

/** Throws `import/pickle-refused`, `import/invalid-pth`. */
export function callNamed({ name }: Global, given: readonly PickledItem[], file: string): PickledItem {
  const result = calls.get(name)?.(given, file);
  if (result === undefined) throw refusedPickle(file, `a call of ${name.replace(' ', '.')} with other arguments`);
  return result;
}

interface View {
  readonly storage: PickledItem | undefined;
  readonly offset: PickledItem | undefined;
  readonly shape: PickledItem | undefined;
  readonly strides: PickledItem | undefined;
  readonly metadata: PickledItem | undefined;
  /** Undefined where the storage says it. */
  readonly type: Global | undefined;
}

function tensorOf({ storage: reference, offset, shape, strides, metadata, type }: View, file: string): PickledItem {
  if (!(reference instanceof StorageReference) || !isCount(offset))
    throw invalidPth(file, 'a tensor without a storage');
  const { storage } = reference;
  const element = type === undefined ? storage.type : newElementType(type.name);
  if (element === undefined) throw invalidPth(file, 'a tensor of a type that its storage should say');
  const [sides, steps] = [countsOf(shape, file), countsOf(strides, file)];
  requireInside(
    { offset, sides, steps, count: Math.floor((storage.count * storage.type.bytes) / element.bytes) },
    file,
  );
  if (!isPlain(element)) return new OtherTensor(`of the type ${element.title}`, [reference]);
  const changed = metadata instanceof Dictionary ? ['neg', 'conj'].filter((flag) => metadata.entries.get(flag)) : [];
  if (changed.length > 0) return new OtherTensor('a view with changed signs', [reference]);
  return new TorchTensor(storage, element, offset, sides, steps);
}

const isPlain = (element: TorchElement): element is TorchElement & { name: string } => element.name !== null;

interface Extent {
  readonly offset: number;
  readonly sides: readonly number[];
  readonly steps: readonly number[];
  /** Elements of the storage. */
  readonly count: number;
}

function requireInside({ offset, sides, steps, count }: Extent, file: string): void {
  if (sides.length !== steps.length) throw invalidPth(file, 'a tensor with shape and strides of different length');
  const elements = elementsOf(sides);
  if (elements === null) throw invalidPth(file, `a tensor of the shape ${told(sides)}`);
  const last = sides.reduce((sum, side, axis) => sum + (side - 1) * (steps[axis] ?? 0), offset);
  if (elements > 0 && last >= count) {
    throw invalidPth(
      file,
      `a tensor of shape ${told(sides)} reaches element ${String(last)} of a storage of ${String(count)}`,
    );
  }
  // An expanded tensor repeats a few elements, with strides of 0.
  if (elements > Math.max(count, mostRepeated)) {
    throw invalidPth(file, `a tensor of shape ${told(sides)} repeats its storage`);
  }
}

function countsOf(item: PickledItem | undefined, file: string): number[] {
  const items = item instanceof Sequence ? item.items : [null];
  const counts = items.filter(isCount);
  if (counts.length !== items.length) throw invalidPth(file, 'a shape that is none');
  return counts;
}

export function isCount(item: PickledItem | undefined): item is number {
  return typeof item === 'number' && Number.isSafeInteger(item) && item >= 0;
}
