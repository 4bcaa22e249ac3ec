import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../graph/builder.ts';
import type { NodeId, Shape } from '../../graph/graph.ts';
import { finishFunction } from '../../graph/program.ts';
import { evaluateReference } from '../../graph/reference.ts';
import { gradient } from '../../graph/reverse.ts';
import { elementCount } from '../../graph/shapes.ts';
import { convnet } from '../../models/architectures.ts';
import { forward } from '../../models/forward.ts';
import { bufferSpecifications, parameterSpecifications } from '../../models/model.ts';
import { crossEntropy } from '../../objectives/cross-entropy.ts';
import type { Program } from '../executor.ts';
import { findBlock } from './block-probe.ts';
import { createOnnxExecutor } from './index.ts';
import { OnnxSession } from './session.ts';

interface Net {
  readonly widths: readonly (number | 'pool')[];
  readonly batchNorm: boolean;
  readonly inputShape: readonly [number, number, number];
  readonly examples: number;
}

/** Gradient of loss + 0.3 || grad loss ||^2 by every parameter, its parts, and inputs that any two runs share. */
function penalisedGradient({ widths, batchNorm, inputShape, examples }: Net): {
  builder: GraphBuilder;
  nodes: Record<string, NodeId>;
  data: Record<string, Float32Array>;
  program: Program;
} {
  const classes = 4;
  const model = convnet({ inputShape, classes, widths, batchNorm });
  const builder = new GraphBuilder();
  const data: Record<string, Float32Array> = {};
  const feeds: Record<string, NodeId> = {};
  const input = (name: string, shape: Shape, numbers: (index: number) => number): NodeId => {
    const offset = 977 * Object.keys(feeds).length;
    data[name] = Float32Array.from({ length: elementCount(shape) }, (_, index) => numbers(offset + index));
    return (feeds[name] = builder.input(name, shape));
  };
  const wave = (index: number): number => Math.sin(index * 12.9898 + 1);
  const images = input('images', [examples, ...inputShape], wave);
  const labels = input('labels', [examples, classes], (index) => index);
  data['labels']?.forEach((_, index, all) => (all[index] = index % classes === (index * 7) % 3 ? 1 : 0));
  const parameters = Object.fromEntries(
    parameterSpecifications(model).map(({ name, shape }) => [name, input(name, shape, (i) => 0.4 * wave(i))]),
  );
  const buffers = Object.fromEntries(
    bufferSpecifications(model).map(({ name, shape }) => [name, input(name, shape, (i) => 1.5 + wave(i))]),
  );
  const pass = forward(builder, model, { images, parameters, buffers, mode: 'train' });
  const loss = crossEntropy(builder, pass.logits, labels);
  const ids = Object.values(parameters);
  const plain = gradient(builder, loss, ids);
  const penalty = builder.squaredNorm(plain);
  const penalised = gradient(builder, builder.add(loss, builder.scale(penalty, 0.3)), ids);
  const nodes: Record<string, NodeId> = { loss, penalty, ...pass.buffers };
  for (const [index, name] of Object.keys(parameters).entries()) {
    nodes[`plain ${name}`] = plain[index] ?? loss;
    nodes[`penalised ${name}`] = penalised[index] ?? loss;
  }
  const program: Program = {
    state: {},
    functions: { step: finishFunction(builder, { feeds, reads: {}, fetches: nodes, updates: {} }) },
  };
  return { builder, nodes, data, program };
}

const lowerings: [string, number | undefined][] = [
  ['standard', undefined],
  ['the fastest', await findBlock()],
];

const nets: [string, Net][] = [
  ['grey images', { widths: [4, 4, 'pool', 6, 'pool'], batchNorm: false, inputShape: [1, 9, 8], examples: 5 }],
  ['wide layers', { widths: [16, 'pool', 20, 'pool'], batchNorm: false, inputShape: [1, 6, 6], examples: 17 }],
  [
    'batch norm on whole blocks',
    { widths: [16, 16, 'pool', 32, 'pool'], batchNorm: true, inputShape: [3, 8, 8], examples: 4 },
  ],
  ['batch norm', { widths: [4, 'pool', 4, 'pool'], batchNorm: true, inputShape: [3, 8, 8], examples: 4 }],
];

describe.each(nets)('penalised gradient of a convolutional net, %s', (_, net) => {
  it.each(lowerings)('equals the float64 reference in %s operators', async (__, block) => {
    const { builder, nodes, data, program } = penalisedGradient(net);
    const session = await OnnxSession.load(program, { threads: 1, block });
    const results = await session.run('step', data);
    await session.dispose();
    const reference = evaluateReference({ nodes: builder.nodes }, data);
    const norms = Object.fromEntries(
      Object.entries(nodes).map(([name, id]) => [name, Math.hypot(...(reference[id] ?? []))]),
    );
    for (const [name, id] of Object.entries(nodes)) {
      const expected = reference[id] ?? new Float64Array();
      const actual = results[name] ?? new Float32Array();
      const error = Math.hypot(...expected.map((value, index) => value - (actual[index] ?? Number.NaN)));
      // A tensor of a gradient may vanish, such as a bias before batch norm: its error is compared with the whole gradient.
      const kind = name.split(' ')[0] ?? '';
      const whole = Math.hypot(
        ...Object.keys(norms).map((other) => (other.startsWith(`${kind} `) ? (norms[other] ?? 0) : 0)),
      );
      expect(error / Math.max(norms[name] ?? 0, whole, 1), name).toBeLessThan(1e-5);
    }
  });

  it.each([1, 2])('gives the same bytes every time with %i threads', async (threads) => {
    const { data, program } = penalisedGradient(net);
    const executor = await createOnnxExecutor({ threads });
    const sessions = [await executor.load(program), await executor.load(program)];
    const runs = [];
    for (const session of [...sessions, ...sessions]) runs.push(await session.run('step', data));
    for (const session of sessions) await session.dispose();
    for (const run of runs) expect(run).toEqual(runs[0]);
  });
});
