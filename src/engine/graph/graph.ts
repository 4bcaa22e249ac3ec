/**
 * The static tensor graph: nodes in topological order, every shape known when the node is built.
 *
 * One element type, float32; labels enter as one-hot rows. Images are NCHW, convolution filters
 * [out, in, kh, kw], linear weights [out, in], as in PyTorch. A graph is data: executors lower it,
 * `reverse.ts` extends it, nothing in it runs.
 */
export type Shape = readonly number[];

/** Index of a node inside its graph. Inputs always have smaller ids than the node that uses them. */
export type NodeId = number;

/**
 * Every operation of the engine. The set is closed under reverse mode: the derivative rule of each
 * operation (rules.ts) is written with operations of this same set, so a gradient can be
 * differentiated again, exactly, as often as needed.
 */
export type Operation =
  /** A value fed from outside or held by the executor: data, a parameter, a scalar rate. */
  | { readonly kind: 'input'; readonly name: string }
  /** The same number in every element. */
  | { readonly kind: 'fill'; readonly value: number }
  /* Elementwise, operands of equal shape. */
  | { readonly kind: 'add' | 'subtract' | 'multiply' }
  | { readonly kind: 'negate' | 'exponential' | 'logarithm' | 'reciprocal' | 'reciprocalSquareRoot' | 'squareRoot' }
  /** a * x with a constant factor. */
  | { readonly kind: 'scale'; readonly factor: number }
  /** x + c with a constant offset. */
  | { readonly kind: 'offset'; readonly value: number }
  | { readonly kind: 'relu' }
  /** 1 where x > 0, else 0; its derivative is zero (no kink term). */
  | { readonly kind: 'positive' }
  /** s[] * x: a rank-0 tensor times any tensor. */
  | { readonly kind: 'multiplyScalar' }
  /* Matrices. Operands [m, k] and [k, n] after the flags. */
  | { readonly kind: 'matrixMultiply'; readonly transposeLeft: boolean; readonly transposeRight: boolean }
  /* Shape. */
  | { readonly kind: 'reshape'; readonly shape: Shape }
  /** Sum over the given axes, which disappear. */
  | { readonly kind: 'sum'; readonly axes: readonly number[] }
  /** Repeat along new axes: the adjoint of `sum` over the same axes of `shape`. */
  | { readonly kind: 'broadcast'; readonly shape: Shape; readonly axes: readonly number[] }
  /** Greatest entry of each row of [m, c], as [m]; its derivative is zero: used only as the shift of a stable soft-max. */
  | { readonly kind: 'rowMaximum' }
  /** 1 at the first greatest entry of each row of [m, c], else 0; derivative zero. Used to count correct predictions. */
  | { readonly kind: 'rowArgumentMaximum' }
  /* Channels: x is [N, C, H, W] or [N, C]; per-channel vectors are [C]. */
  | { readonly kind: 'channelSum' }
  /** sum over all but the channel axis of x * y. */
  | { readonly kind: 'channelDot' }
  /** x times a[C]. */
  | { readonly kind: 'channelScale' }
  /** x plus b[C]. */
  | { readonly kind: 'channelShift' }
  /** a[C] repeated to the shape: the adjoint of channelSum. */
  | { readonly kind: 'channelBroadcast'; readonly shape: Shape }
  /* Convolution, zero padding `padding` on all four sides: three bilinear operations, closed among themselves. */
  | { readonly kind: 'convolution'; readonly stride: number; readonly padding: number }
  /** (dY, filter) -> dX of shape `inputShape`. */
  | {
      readonly kind: 'convolutionInputGradient';
      readonly stride: number;
      readonly padding: number;
      readonly inputShape: Shape;
    }
  /** (x, dY) -> dFilter of shape `filterShape`. */
  | {
      readonly kind: 'convolutionFilterGradient';
      readonly stride: number;
      readonly padding: number;
      readonly filterShape: Shape;
    }
  /* Max pooling, square window, stride = window, incomplete windows dropped; ties go to the first maximum. */
  | { readonly kind: 'maximumPool'; readonly window: number }
  /** (x, dY) -> dX: dY scattered to the maxima of x. Linear in dY, derivative zero in x. */
  | { readonly kind: 'maximumPoolScatter'; readonly window: number }
  /** (x, v) -> Y: v, of the shape of x, gathered at the maxima of x. The adjoint of the scatter. */
  | { readonly kind: 'maximumPoolGather'; readonly window: number };

export interface GraphNode {
  readonly id: NodeId;
  readonly operation: Operation;
  readonly inputs: readonly NodeId[];
  readonly shape: Shape;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
}
