import protobuf from 'protobufjs/minimal.js';
import type { Shape } from '../../graph/graph.ts';

/**
 * The part of onnx.proto3 that a static float graph needs, written with protobufjs's wire-format writer. Field numbers
 * are those of onnx.proto3 (ONNX IR 9).
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
  readonly shape: Shape;
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
const operatorSets = { '': 20, 'com.microsoft': 1, 'com.microsoft.nchwc': 1 };

const elementFloat = 1;
const elementInt64 = 7;
const attributeType = { float: 1, integer: 2, text: 3, integers: 7 };

/** Serialises a graph as an ONNX ModelProto. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const writer = protobuf.Writer.create();
  integerField(writer, 1, intermediateRepresentation);
  textField(writer, 2, 'microbatch');
  message(writer, 7, () => writeGraph(writer, graph));
  for (const [domain, version] of Object.entries(operatorSets)) {
    message(writer, 8, () => {
      textField(writer, 1, domain);
      integerField(writer, 2, version);
    });
  }
  return writer.finish();
}

function writeGraph(writer: protobuf.Writer, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
  textField(writer, 2, graph.name);
  for (const constant of graph.constants) message(writer, 5, () => writeConstant(writer, constant));
  for (const value of graph.inputs) message(writer, 11, () => writeValue(writer, value));
  for (const value of graph.outputs) message(writer, 12, () => writeValue(writer, value));
}

function writeNode(writer: protobuf.Writer, node: OnnxNode): void {
  for (const input of node.inputs) textField(writer, 1, input);
  for (const output of node.outputs) textField(writer, 2, output);
  textField(writer, 3, node.name);
  textField(writer, 4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) {
    message(writer, 5, () => writeAttribute(writer, name, value));
  }
  textField(writer, 7, node.domain);
}

function writeAttribute(writer: protobuf.Writer, name: string, value: Attribute): void {
  textField(writer, 1, name);
  if (typeof value === 'number') {
    integerField(writer, 3, value);
    integerField(writer, 20, attributeType.integer);
  } else if (typeof value === 'string') {
    textField(writer, 4, value);
    integerField(writer, 20, attributeType.text);
  } else if ('float' in value) {
    writer.uint32(tag(2, wire.fixed32)).float(value.float);
    integerField(writer, 20, attributeType.float);
  } else {
    for (const entry of value) integerField(writer, 8, entry);
    integerField(writer, 20, attributeType.integers);
  }
}

function writeConstant(writer: protobuf.Writer, { name, shape, values }: OnnxConstant): void {
  for (const length of shape) integerField(writer, 1, length);
  integerField(writer, 2, values instanceof Float32Array ? elementFloat : elementInt64);
  textField(writer, 8, name);
  writer.uint32(tag(9, wire.delimited)).bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function writeValue(writer: protobuf.Writer, { name, shape }: OnnxValue): void {
  textField(writer, 1, name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      integerField(writer, 1, elementFloat);
      message(writer, 2, () => {
        for (const length of shape) message(writer, 1, () => integerField(writer, 1, length));
      });
    }),
  );
}

const wire = { varint: 0, delimited: 2, fixed32: 5 };

function tag(field: number, type: number): number {
  return ((field << 3) | type) >>> 0;
}

function integerField(writer: protobuf.Writer, field: number, value: number): void {
  writer.uint32(tag(field, wire.varint)).int64(value);
}

function textField(writer: protobuf.Writer, field: number, value: string): void {
  writer.uint32(tag(field, wire.delimited)).string(value);
}

function message(writer: protobuf.Writer, field: number, write: () => void): void {
  writer.uint32(tag(field, wire.delimited)).fork();
  write();
  writer.ldelim();
}
