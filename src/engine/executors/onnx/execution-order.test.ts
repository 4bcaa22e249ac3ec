import { describe, expect, it } from 'vitest';
import { inMemoryOrder } from './execution-order.ts';
import type { OnnxNode } from './model-proto.ts';

function node(output: string, ...inputs: string[]): OnnxNode {
  return { name: output, operator: 'Sum', domain: '', inputs, outputs: [output], attributes: {} };
}

/** The order in which onnxruntime runs a model: results from the last to the first, each after its operands, the last first. */
function executed(nodes: readonly OnnxNode[]): string[] {
  const done: string[] = [];
  const run = (name: string): void => {
    const found = nodes.find(({ outputs }) => outputs.includes(name));
    if (found === undefined || done.includes(name)) return;
    const operands = nodes.filter(({ outputs }) => outputs.some((output) => found.inputs.includes(output)));
    for (const operand of operands.reverse()) run(operand.name);
    done.push(name);
  };
  const isResult = ({ name }: OnnxNode): boolean => !nodes.some(({ inputs }) => inputs.includes(name));
  for (const result of nodes.filter(isResult).reverse()) run(result.name);
  return done;
}

describe('the order of a model for onnxruntime', () => {
  // Two layers, their gradients, and the sums that these go to.
  const backward = [
    node('layer1', 'images'),
    node('layer2', 'layer1'),
    node('adjoint2', 'layer2'),
    node('gradient2', 'layer1', 'adjoint2'),
    node('adjoint1', 'adjoint2'),
    node('gradient1', 'images', 'adjoint1'),
    node('sum2', 'sum2 before', 'gradient2'),
    node('sum1', 'sum1 before', 'gradient1'),
  ];

  it('has each gradient added as soon as the backward pass is there', () => {
    expect(executed(backward).indexOf('sum1')).toBeLessThan(executed(backward).indexOf('sum2'));
    const order = executed(inMemoryOrder(backward));
    expect(order.indexOf('sum2')).toBeLessThan(order.indexOf('adjoint1'));
    expect(order.at(-1)).toBe('sum1');
  });

  it('keeps every node once, after its operands', () => {
    const order = inMemoryOrder(backward).map(({ name }) => name);
    expect(order.toSorted()).toEqual(backward.map(({ name }) => name).toSorted());
    for (const { name, inputs } of backward) {
      for (const input of inputs) expect(order.indexOf(input)).toBeLessThan(order.indexOf(name));
    }
  });
});
