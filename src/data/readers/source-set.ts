import type { DatasetKind } from '../../contracts/datasets.ts';
import type { SourceFile } from './named-files.ts';

export const partNames = ['train', 'test'] as const;
export type PartName = (typeof partNames)[number];

/** Some images of a part: pixels row-major [n, C, H, W], and a class each. */
export interface Examples {
  readonly pixels: Uint8Array | Float32Array;
  readonly labels: ArrayLike<number>;
}

/** A file that is not in the set, and why. */
export interface LeftOut {
  readonly file: string;
  /** Code of an error, `data/...`. */
  readonly code: string;
}

/** A data set as a reader found it, before it is stored. */
export interface SourceSet {
  readonly kind: DatasetKind;
  readonly classes: readonly string[];
  /** [C, H, W] */
  readonly imageShape: readonly [number, number, number];
  /** Bytes from 0 to 255, or numbers as they are. */
  readonly elementType: 'uint8' | 'float32';
  /** In file order. Walked once; a set without a test part has only the first. */
  readonly parts: ReadonlyMap<PartName, Iterable<Examples> | AsyncIterable<Examples>>;
  /** Files that were left out; complete once the parts have been walked. */
  readonly left: readonly LeftOut[];
  readonly source: readonly SourceFile[];
}
