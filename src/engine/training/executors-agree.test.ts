import { describe, expect, it } from 'vitest';
import { openExecutor } from '../executors/registry.ts';
import type { ModelDefinition } from '../models/model.ts';
import { exampleData, exampleSettings, exampleTrainer } from './trainer-fixture.ts';

/**
 * Wide enough for the blocked convolutions of onnx, which narrow nets never reach, with stride, shortcut and batch norm.
 * Smooth, so that float32 rounding cannot cross a kink: what is left of a difference is a mistake.
 */
const data = exampleData(12, [3, 8, 8]);
const batchNorm = { type: 'batchnorm2d', eps: 1e-5, momentum: 0.1 } as const;
const model: ModelDefinition = {
  inputShape: data.inputShape,
  classes: data.classes,
  layers: [
    { type: 'conv2d', name: 'a', in: 3, out: 16, kernel: 3, stride: 1, padding: 1, bias: false },
    { ...batchNorm, name: 'b', features: 16 },
    { type: 'softplus' },
    {
      type: 'residual',
      name: 'r',
      main: [
        { type: 'conv2d', name: 'r.a', in: 16, out: 32, kernel: 3, stride: 2, padding: 1, bias: false },
        { ...batchNorm, name: 'r.b', features: 32 },
      ],
      shortcut: [{ type: 'conv2d', name: 'r.c', in: 16, out: 32, kernel: 1, stride: 2, padding: 0, bias: false }],
    },
    { type: 'softplus' },
    { type: 'globalavgpool' },
    { type: 'linear', name: 'l', in: 32, out: 3 },
  ],
};

describe('a step of each method on a wide net', () => {
  it.each(Object.entries(exampleSettings))('%s is the same on onnx and on the interpreter', async (name, settings) => {
    const outcomes = [];
    for (const executor of ['onnx', 'tfjs-wasm']) {
      const trainer = await exampleTrainer(await openExecutor(executor, { threads: 1 }), settings, { model, data });
      const { scalars } = await trainer.takeStep();
      outcomes.push({ scalars, state: await trainer.capture() });
      await trainer.dispose();
    }
    const [left, right] = outcomes;
    for (const [series, value] of Object.entries(left?.scalars ?? {})) {
      const other = right?.scalars[series] ?? Number.NaN;
      expect(Math.abs(value - other) / Math.max(1, Math.abs(other)), `${name} ${series}`).toBeLessThan(1e-4);
    }
    let difference = 0;
    let norm = 0;
    for (const [tensor, values] of Object.entries(left?.state.parameters ?? {})) {
      for (const [index, value] of values.entries()) {
        difference += (value - (right?.state.parameters[tensor]?.[index] ?? Number.NaN)) ** 2;
        norm += value ** 2;
      }
    }
    expect(Math.sqrt(difference / norm), name).toBeLessThan(1e-5);
  });
});
