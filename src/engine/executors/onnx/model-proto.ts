import type { Shape } from '../../graph/graph.ts';
import { ProtobufWriter } from '../protobuf-writer.ts';

/**
 * The part of onnx.proto3 that a static float graph needs. Field numbers are those of onnx.proto3 (ONNX IR 9).
 */
export type Attribute = number | string | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface OnnxConstant {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float32Array | BigInt64Array;
}

export interface OnnxValue {
  readonly name: string;
  /** A length may be a name: one that is known only when the model runs, such as the number of images. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const intermediateRepresentation = 9;
/** Versions of the operator sets that the lowerings are written for. '' is the standard set. */
const loweringOperatorSets = { '': 20, 'com.microsoft': 1, 'com.microsoft.nchwc': 1 };

const elementFloat = 1;
const elementInt64 = 7;
const attributeType = { float: 1, integer: 2, text: 3, integers: 7 };

/** Serialises a graph as an ONNX ModelProto that states the operator sets it may use. */
export function encodeModel(
  graph: OnnxGraph,
  operatorSets: Readonly<Record<string, number>> = loweringOperatorSets,
): Uint8Array {
  const writer = new ProtobufWriter();
  writer.integer(1, intermediateRepresentation);
  writer.text(2, 'microbatch');
  writer.message(7, () => writeGraph(writer, graph));
  for (const [domain, version] of Object.entries(operatorSets)) {
    writer.message(8, () => {
      writer.text(1, domain);
      writer.integer(2, version);
    });
  }
  return writer.finish();
}

function writeGraph(writer: ProtobufWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) writer.message(1, () => writeNode(writer, node));
  writer.text(2, graph.name);
  for (const constant of graph.constants) writer.message(5, () => writeConstant(writer, constant));
  for (const value of graph.inputs) writer.message(11, () => writeValue(writer, value));
  for (const value of graph.outputs) writer.message(12, () => writeValue(writer, value));
}

function writeNode(writer: ProtobufWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.text(1, input);
  for (const output of node.outputs) writer.text(2, output);
  writer.text(3, node.name);
  writer.text(4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(5, () => writeAttribute(writer, name, value));
  }
  writer.text(7, node.domain);
}

function writeAttribute(writer: ProtobufWriter, name: string, value: Attribute): void {
  writer.text(1, name);
  if (typeof value === 'number') {
    writer.integer(3, value);
    writer.integer(20, attributeType.integer);
  } else if (typeof value === 'string') {
    writer.text(4, value);
    writer.integer(20, attributeType.text);
  } else if ('float' in value) {
    writer.float(2, value.float);
    writer.integer(20, attributeType.float);
  } else {
    for (const entry of value) writer.integer(8, entry);
    writer.integer(20, attributeType.integers);
  }
}

function writeConstant(writer: ProtobufWriter, { name, shape, values }: OnnxConstant): void {
  for (const length of shape) writer.integer(1, length);
  writer.integer(2, values instanceof Float32Array ? elementFloat : elementInt64);
  writer.text(8, name);
  writer.bytes(9, values);
}

function writeValue(writer: ProtobufWriter, { name, shape }: OnnxValue): void {
  writer.text(1, name);
  writer.message(2, () =>
    writer.message(1, () => {
      writer.integer(1, elementFloat);
      writer.message(2, () => {
        for (const length of shape) {
          writer.message(1, () => {
            if (typeof length === 'number') writer.integer(1, length);
            else writer.text(2, length);
          });
        }
      });
    }),
  );
}
