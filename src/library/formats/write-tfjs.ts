import type { NamedTensors, NetWeights } from '../weights/net-weights.ts';
import { inputName, outputName, tfjsLayers } from '../../engine/executors/tfjs/layers-model.ts';
import type { LayerWeight } from '../../engine/executors/tfjs/layers-model.ts';

/** Bytes of a file of weights, as TensorFlow.js's own converter cuts them; the last one may be smaller. */
const shardBytes = 4 * 1024 * 1024;

/** What somebody who runs the model must know of it. */
export const tfjsForm = ({ model: { inputShape } }: NetWeights) => ({
  format: 'layers-model',
  input: inputName,
  inputShape: [null, inputShape[1], inputShape[2], inputShape[0]],
  inputLayout: '[N, height, width, channels], normalised',
  output: outputName,
});

export const tfjsNames = 'layer/weight as in Keras; layouts [height, width, in, out] and [in, out]';

export interface NamedFile {
  readonly name: string;
  readonly parts: Iterable<Uint8Array>;
}

/**
 * A LayersModel of TensorFlow.js of a trained net, for inference: normalised images `images` [N, H, W, C] to `logits`
 * [N, classes], any N. `model.json` comes first, with its topology in the functional form; then the weights, float32.
 */
export function* tfjsFiles(net: NetWeights): Generator<NamedFile> {
  const { layers, weights } = tfjsLayers(net.model);
  const bytes = weights.reduce((sum, { shape }) => sum + 4 * shape.reduce((product, side) => product * side, 1), 0);
  const count = Math.ceil(bytes / shardBytes);
  const paths = Array.from({ length: count }, (_, at) => `group1-shard${String(at + 1)}of${String(count)}.bin`);
  const model = {
    format: 'layers-model',
    generatedBy: 'Microbatch',
    convertedBy: null,
    modelTopology: {
      class_name: 'Model',
      config: { name: 'microbatch', layers, input_layers: [[inputName, 0, 0]], output_layers: [[outputName, 0, 0]] },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [{ paths, weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) }],
  };
  yield { name: 'model.json', parts: [Buffer.from(JSON.stringify(model))] };
  const shards = cut(weights.map((weight) => () => bytesOf(valuesOf(weight, net))));
  let at = 0;
  for (const shard of shards) {
    yield { name: paths[at] ?? '', parts: [shard] };
    at += 1;
  }
}

/** Whether a name is one of a file that `tfjsFiles` writes. */
export const isTfjsFile = (name: string): boolean => name === 'model.json' || /^group1-shard\d+of\d+[.]bin$/.test(name);

/** The weights as they lie in the files. */
export function tfjsTensors(net: NetWeights): NamedTensors {
  return new Map(
    tfjsLayers(net.model).weights.map((weight) => [
      weight.name,
      { type: 'F32', shape: weight.shape, data: valuesOf(weight, net) },
    ]),
  );
}

function valuesOf({ from, shape, outputsFirst }: LayerWeight, { values }: NetWeights): Float32Array {
  const found = values[from] ?? new Float32Array();
  return outputsFirst ? outputsLast(found, shape) : found;
}

/** [out, in, ...] to [..., in, out]. */
function outputsLast(values: Float32Array, shape: readonly number[]): Float32Array {
  const [inputs = 1, outputs = 1] = shape.slice(-2);
  const area = values.length / (inputs * outputs);
  const turned = new Float32Array(values.length);
  let to = 0;
  for (let at = 0; at < area; at += 1) {
    for (let input = 0; input < inputs; input += 1) {
      for (let output = 0; output < outputs; output += 1, to += 1) {
        turned[to] = values[(output * inputs + input) * area + at] ?? 0;
      }
    }
  }
  return turned;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** One run of bytes in pieces of `shardBytes`. */
function* cut(tensors: Iterable<() => Uint8Array>): Generator<Uint8Array> {
  let held: Uint8Array[] = [];
  let room = shardBytes;
  for (const read of tensors) {
    let rest = read();
    while (rest.length > 0) {
      const piece = rest.subarray(0, room);
      held.push(piece);
      room -= piece.length;
      rest = rest.subarray(piece.length);
      if (room > 0) continue;
      yield Buffer.concat(held);
      [held, room] = [[], shardBytes];
    }
  }
  if (held.length > 0) yield Buffer.concat(held);
}
