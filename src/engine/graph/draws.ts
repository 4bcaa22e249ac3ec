import { elementCount } from './shapes.ts';
import type { Shape } from './graph.ts';

/** How the numbers of a random tensor are drawn. */
export type DrawLaw =
  /** Standard Gumbel, -ln(-ln U), independent. The greatest entry of logits + Gumbel noise is a draw from their soft-max. */
  | { readonly kind: 'gumbel' }
  /** A vector of norm 1, every direction equally likely: independent normals over their norm. */
  | { readonly kind: 'unit-vector' }
  /** Independent: 0 with probability `rate`, else 1 / (1 - rate). */
  | { readonly kind: 'dropout'; readonly rate: number };

/** A random tensor that is fed with a micro-batch. */
export interface Draw {
  readonly shape: Shape;
  readonly law: DrawLaw;
}

/** What drawing needs of a random stream. */
export interface RandomNumbers {
  /** [0, 1) */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/** Values of a draw, row-major, rounded to float32 only at the end. */
export function drawValues({ shape, law }: Draw, stream: RandomNumbers): Float32Array {
  const values = new Float64Array(elementCount(shape));
  switch (law.kind) {
    case 'gumbel':
      // 1 - U lies in (0, 1]; at exactly 1 the noise is the infinity of probability zero, so the nearest number below is taken.
      return Float32Array.from(values, () => -Math.log(-Math.log(Math.min(1 - stream.uniform(), 1 - 2 ** -53))));
    case 'unit-vector': {
      const normals = values.map(() => stream.normal());
      const norm = Math.hypot(...normals);
      return Float32Array.from(normals, (value) => value / norm);
    }
    case 'dropout':
      return Float32Array.from(values, () => (stream.uniform() < law.rate ? 0 : 1 / (1 - law.rate)));
  }
}
