import { onnxModel, onnxOperatorSet } from '../../engine/executors/onnx/inference-model.ts';
import type { NetWeights } from '../weights/net-weights.ts';

/** What somebody who runs the file must know of it. */
export const onnxForm = { operatorSet: onnxOperatorSet, input: 'images', output: 'logits' } as const;

/** An ONNX model of a trained net, for inference. */
export function onnxParts(net: NetWeights): Uint8Array[] {
  return [onnxModel(net)];
}
