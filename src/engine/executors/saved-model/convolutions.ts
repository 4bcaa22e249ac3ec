import type { Operation, Shape } from '../../graph/graph.ts';
import { filterOrder, imageOrder, ordered } from './emitter.ts';
import type { Emitter, Value } from './emitter.ts';
import type { Attribute } from './graph-def.ts';

interface Placement {
  readonly stride: number;
  readonly padding: number;
}

/**
 * The three bilinear operations of a convolution. Images come as [N, H, W, C], filters as [kh, kw, in, out]; shapes in
 * operations are the engine's. Zero padding is SAME where that is the same, else it is written out with Pad and Slice: the
 * attribute EXPLICIT sends the two gradients to TensorFlow's slow kernels.
 */
export function convolve(emitter: Emitter, x: Value, filter: Value, shape: Shape, placement: Placement): Value {
  const result = { shape: ordered(shape, imageOrder), order: imageOrder };
  const same = padsLikeSame(filter, placement);
  const image = same ? x : padded(emitter, x, placement.padding);
  return emitter.emit('Conv2D', [image, filter], result, convolutionAttributes(placement, same));
}

export function convolveToInput(
  emitter: Emitter,
  dY: Value,
  filter: Value,
  operation: Extract<Operation, { kind: 'convolutionInputGradient' }>,
): Value {
  const shape = ordered(operation.inputShape, imageOrder);
  const same = padsLikeSame(filter, operation);
  const margin = same ? 0 : operation.padding;
  const paddedShape = shape.map((length, axis) => (axis === 1 || axis === 2 ? length + 2 * margin : length));
  const gradient = emitter.emit(
    'Conv2DBackpropInput',
    [emitter.integers(paddedShape), filter, dY],
    { shape: paddedShape, order: imageOrder },
    convolutionAttributes(operation, same),
  );
  if (margin === 0) return gradient;
  const start = emitter.integers([0, margin, margin, 0]);
  const attributes: Record<string, Attribute> = { Index: { type: 'int32' } };
  return emitter.emit('Slice', [gradient, start, emitter.integers(shape)], { shape, order: imageOrder }, attributes);
}

export function convolveToFilter(
  emitter: Emitter,
  x: Value,
  dY: Value,
  operation: Extract<Operation, { kind: 'convolutionFilterGradient' }>,
): Value {
  const shape = ordered(operation.filterShape, filterOrder);
  const result = { shape, order: filterOrder };
  const same = padsLikeSame(result, operation);
  const image = same ? x : padded(emitter, x, operation.padding);
  const sizes = emitter.integers(shape);
  return emitter.emit('Conv2DBackpropFilter', [image, sizes, dY], result, convolutionAttributes(operation, same));
}

/** SAME pads k - 1 in all, half on each side, where the stride is 1 and k is odd. */
function padsLikeSame({ shape }: Pick<Value, 'shape'>, { stride, padding }: Placement): boolean {
  return stride === 1 && 2 * padding === (shape[0] ?? 0) - 1 && 2 * padding === (shape[1] ?? 0) - 1;
}

function convolutionAttributes({ stride }: Placement, same: boolean): Record<string, Attribute> {
  return {
    strides: { integers: [1, stride, stride, 1] },
    padding: { text: same ? 'SAME' : 'VALID' },
    data_format: { text: 'NHWC' },
  };
}

function padded(emitter: Emitter, x: Value, padding: number): Value {
  if (padding === 0) return x;
  const paddings = emitter.integers([0, 0, padding, padding, padding, padding, 0, 0], [4, 2]);
  const shape = x.shape.map((length, axis) => (axis === 1 || axis === 2 ? length + 2 * padding : length));
  return emitter.emit('Pad', [x, paddings], { shape, order: imageOrder }, { Tpaddings: { type: 'int32' } });
}
