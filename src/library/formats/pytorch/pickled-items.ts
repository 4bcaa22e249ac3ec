import type { TorchElement } from './torch-types.ts';

/** Numbers that lie outside the pickle, on whatever device they were. */
export interface TorchStorage {
  readonly type: TorchElement;
  readonly key: string;
  /** Elements; of an untyped one, bytes. */
  readonly count: number;
}

export const bytesOfStorage = ({ count, type }: TorchStorage): number => count * type.bytes;

export class Dictionary {
  readonly entries = new Map<string, PickledItem>();
}

/** A list, a tuple or a set. */
export class Sequence {
  readonly items: PickledItem[];

  constructor(items: PickledItem[]) {
    this.items = items;
  }
}

/** A view of a storage: offset and strides in elements, which have the name of a type of the other formats. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly element: TorchElement & { readonly name: string };
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(
    storage: TorchStorage,
    element: TorchElement & { readonly name: string },
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.storage = storage;
    this.element = element;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** A tensor that no weight of a net here can be: complex, quantised, sparse, without values, or a view that changes signs. */
export class OtherTensor {
  /** In words. */
  readonly what: string;
  /** What it is made of: its storages lie in the file too. */
  readonly parts: readonly PickledItem[];

  constructor(what: string, parts: readonly PickledItem[]) {
    this.what = what;
    this.parts = parts;
  }
}

/** A name that a pickle may hold: the module and the name in it, with a space between. */
export class Global {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class StorageReference {
  readonly storage: TorchStorage;

  constructor(storage: TorchStorage) {
    this.storage = storage;
  }
}

export type PickledItem =
  | null
  | boolean
  | number
  | bigint
  | string
  | Dictionary
  | Sequence
  | TorchTensor
  | OtherTensor
  | Global
  | StorageReference;
