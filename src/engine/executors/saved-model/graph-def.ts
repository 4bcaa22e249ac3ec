import type { Shape } from '../../graph/graph.ts';
import { ProtobufWriter } from '../protobuf-writer.ts';

/** The part of TensorFlow's saved_model.proto, graph.proto and attr_value.proto that a static float graph needs. */
export type DataType = 'float' | 'int32' | 'boolean' | 'resource';

export interface TensorConstant {
  readonly shape: Shape;
  readonly values: Float32Array | Int32Array;
}

export type Attribute =
  | { readonly type: DataType }
  | { readonly shape: Shape }
  | { readonly tensor: TensorConstant }
  | { readonly integer: number }
  | { readonly integers: readonly number[] }
  | { readonly boolean: boolean }
  | { readonly text: string };

export interface TensorFlowNode {
  readonly name: string;
  readonly operator: string;
  /** `NODE`, `NODE:1` for a second output, `^NODE` to run after it. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const dataTypeNumbers: Readonly<Record<DataType, number>> = { float: 1, int32: 3, boolean: 10, resource: 20 };

/** Version of the graph format that the nodes are written for: that of TensorFlow 2.9, the oldest that the addon supports. */
const graphVersion = 1087;

/** A SavedModel with one graph under the tag `serve`: no signatures (its caller knows the names), no stored variables. */
export function encodeSavedModel(nodes: readonly TensorFlowNode[]): Uint8Array {
  const writer = new ProtobufWriter();
  writer.integer(1, 1);
  writer.message(2, () => {
    writer.message(1, () => writer.text(4, savedModelTag));
    writer.message(2, () => {
      for (const node of nodes) writer.message(1, () => writeNode(writer, node));
      writer.message(4, () => writer.integer(1, graphVersion));
    });
  });
  return writer.finish();
}

export const savedModelTag = 'serve';

function writeNode(writer: ProtobufWriter, { name, operator, inputs, attributes }: TensorFlowNode): void {
  writer.text(1, name);
  writer.text(2, operator);
  for (const input of inputs) writer.text(3, input);
  for (const [key, attribute] of Object.entries(attributes)) {
    writer.message(5, () => {
      writer.text(1, key);
      writer.message(2, () => writeAttribute(writer, attribute));
    });
  }
}

function writeAttribute(writer: ProtobufWriter, attribute: Attribute): void {
  if ('text' in attribute) writer.text(2, attribute.text);
  else if ('integer' in attribute) writer.integer(3, attribute.integer);
  else if ('boolean' in attribute) writer.integer(5, Number(attribute.boolean));
  else if ('type' in attribute) writer.integer(6, dataTypeNumbers[attribute.type]);
  else if ('shape' in attribute) writer.message(7, () => writeShape(writer, attribute.shape));
  else if ('tensor' in attribute) writer.message(8, () => writeTensor(writer, attribute.tensor));
  else writer.message(1, () => attribute.integers.forEach((value) => writer.integer(3, value)));
}

function writeShape(writer: ProtobufWriter, shape: Shape): void {
  for (const length of shape) writer.message(2, () => writer.integer(1, length));
}

function writeTensor(writer: ProtobufWriter, { shape, values }: TensorConstant): void {
  writer.integer(1, values instanceof Float32Array ? dataTypeNumbers.float : dataTypeNumbers.int32);
  writer.message(2, () => writeShape(writer, shape));
  writer.bytes(4, values);
}
