import { MicrobatchError } from '../../../contracts/errors.ts';
import { bare, quoted } from '../damage.ts';
import { leftOutTensors } from '../left-out-tensors.ts';
import { Dictionary, OtherTensor, Sequence, StorageReference, TorchTensor } from './pickled-items.ts';
import type { PickledItem, TorchStorage } from './pickled-items.ts';

/** Where training programs keep a state_dict beside other things, the first that is there. */
const usualNames = ['main_network', 'state_dict', 'model_state_dict', 'model', 'net', 'network', 'module', 'weights'];
/** Levels of values inside values; an optimiser's state has four. */
const deepest = 50;
/** What the store of weights, like every reader of safetensors, takes. */
const longestName = 1000;

export interface FoundStateDict {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly notes: readonly string[];
}

/** The tensors of a model by name, without the prefixes of a parallel or compiled one. Throws `import/no-tensors`. */
export function findStateDict(value: PickledItem, file: string): FoundStateDict {
  storagesIn(value, file);
  if (!(value instanceof Dictionary)) throw noTensors(file, 'what it holds is no dictionary');
  const { name, dictionary } = choose(value, file);
  const named = [...dictionary.entries].filter(
    (entry): entry is [string, TorchTensor] => entry[1] instanceof TorchTensor,
  );
  const unusable = [...dictionary.entries].filter(
    (entry): entry is [string, OtherTensor] => entry[1] instanceof OtherTensor,
  );
  const others = [...dictionary.entries.keys()].filter((key) => !isTensor(dictionary.entries.get(key)));
  if (named.some(([key]) => key.length > longestName)) throw noTensors(file, 'a name has more than 1000 characters');
  const prefix = prefixOf(named.map(([key]) => key));
  if (named.length === 0 && unusable.length > 0) {
    const [[key, { what }] = ['', { what: '' }]] = unusable;
    throw noTensors(file, `no weight can be read from its tensors: ${bare(key)} is ${what}`);
  }
  const tensors = new Map(named.map(([key, tensor]) => [key.slice(prefix.length), tensor]));
  const beside = name === null ? others : [...value.entries.keys()].filter((key) => key !== name);
  return {
    tensors,
    notes: [
      ...(name === null ? [] : [`read from ${name}`]),
      ...leftOutTensors(unusable.map(([key, { what }]) => ({ name: key, what }))),
      ...(beside.length === 0 ? [] : [`left out: ${beside.slice(0, 20).map(bare).join(', ')}`]),
      ...(prefix === '' ? [] : [`the prefix ${prefix} was taken off`]),
    ],
  };
}

/** What a parallel model and a compiled one put before every name. */
function prefixOf(names: readonly string[]): string {
  const [first = ''] = names;
  const prefix = /^(?:module\.|_orig_mod\.)*/.exec(first)?.[0] ?? '';
  return names.every((name) => name.startsWith(prefix)) ? prefix : '';
}

function choose(root: Dictionary, file: string): { name: string | null; dictionary: Dictionary } {
  const nested = [...root.entries].filter(
    (entry): entry is [string, Dictionary] => entry[1] instanceof Dictionary && holdsTensors(entry[1]),
  );
  const usual = usualNames.flatMap((name) => nested.filter(([key]) => key === name));
  // A checkpoint may have tensors beside its state_dict: a state of random numbers, a best loss.
  if (usual.length === 0 && holdsTensors(root)) return { name: null, dictionary: root };
  const [chosen] = usual.length > 0 ? usual : nested;
  if (chosen === undefined) throw noTensors(file, 'it holds no tensors by name');
  if (usual.length === 0 && nested.length > 1) {
    throw noTensors(
      file,
      `it holds several: ${nested
        .map(([key]) => key)
        .slice(0, 10)
        .map(bare)
        .join(', ')}`,
    );
  }
  return { name: chosen[0], dictionary: chosen[1] };
}

function holdsTensors(item: PickledItem): boolean {
  return item instanceof Dictionary && [...item.entries.values()].some(isTensor);
}

const isTensor = (item: PickledItem | undefined): boolean => item instanceof TorchTensor || item instanceof OtherTensor;

/** Every storage of a file by its key, also of tensors that are left out. Throws `import/no-tensors` where two differ. */
export function storagesIn(value: PickledItem, file: string): ReadonlyMap<string, TorchStorage> {
  const storages = new Map<string, TorchStorage>();
  gatherStorages(value, storages, new Set(), 0, file);
  return storages;
}

/** Each object is visited once: a list that holds the same list many times must not be walked as often. */
function gatherStorages(
  item: PickledItem,
  into: Map<string, TorchStorage>,
  seen: Set<PickledItem>,
  depth: number,
  file: string,
): void {
  if (typeof item !== 'object' || item === null || seen.has(item)) return;
  if (depth > deepest) throw noTensors(file, 'its values are nested too deeply');
  seen.add(item);
  if (item instanceof TorchTensor || item instanceof StorageReference) {
    const { storage } = item;
    const known = into.get(storage.key);
    if (known !== undefined && (known.type !== storage.type || known.count !== storage.count)) {
      throw noTensors(file, `the storage ${quoted(storage.key)} has two sizes`);
    }
    into.set(storage.key, storage);
  }
  for (const each of innerItems(item)) gatherStorages(each, into, seen, depth + 1, file);
}

function innerItems(item: object): Iterable<PickledItem> {
  if (item instanceof Dictionary) return item.entries.values();
  if (item instanceof Sequence) return item.items;
  return item instanceof OtherTensor ? item.parts : [];
}

function noTensors(file: string, problem: string): MicrobatchError {
  return new MicrobatchError({
    code: 'import/no-tensors',
    message: `${file} has no state_dict that can be read: ${problem}`,
    expected: `a state_dict, alone or as one of ${usualNames.join(', ')}`,
    remedy: 'save it with torch.save(model.state_dict(), path)',
  });
}
