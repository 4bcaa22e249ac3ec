import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { evaluateReference } from '../graph/reference.ts';
import { gradient, hessianProduct } from '../graph/reverse.ts';
import { openExecutor } from '../executors/registry.ts';
import { parameterSpecifications } from '../models/model.ts';
import { initialTensors } from '../training/initialise.ts';
import { exampleModel } from '../training/trainer-fixture.ts';
import { LossHessian } from './loss-hessian.ts';

describe('hessianProduct', () => {
  it('of a quadratic and a product is its matrix times the direction', () => {
    const builder = new GraphBuilder();
    const [x, y] = [builder.input('x', [2]), builder.input('y', [2])];
    // f = 3/2 |x|^2 + <x, y>: H = [[3 I, I], [I, 0]].
    const square = builder.scale(builder.total(builder.multiply(x, x)), 1.5);
    const f = builder.add(square, builder.total(builder.multiply(x, y)));
    const [dX = -1, dY = -1] = gradient(builder, f, [x, y]);
    const terms = [
      { gradient: dX, direction: builder.input('u', [2]) },
      { gradient: dY, direction: builder.input('v', [2]) },
    ];
    const [ofX = -1, ofY = -1] = hessianProduct(builder, terms, [x, y]);
    const values = evaluateReference(builder, { x: [1, 2], y: [3, 4], u: [1, -1], v: [10, 20] });
    expect([...(values[ofX] ?? [])]).toEqual([13, 17]);
    expect([...(values[ofY] ?? [])]).toEqual([1, -1]);
  });
});

describe('the Hessian of a loss', () => {
  it('is symmetric: <u, H v> = <v, H u>, and linear', async () => {
    const hessian = await LossHessian.open(await openExecutor('tfjs-cpu', { threads: 1 }), exampleModel, 4);
    await hessian.moveTo(initialTensors(parameterSpecifications(exampleModel), 1));
    const wave = (offset: number): Float64Array =>
      Float64Array.from({ length: hessian.dimension }, (_, index) => Math.sin(1.3 * index + offset));
    const batch = {
      images: Float32Array.from({ length: 64 }, (_, index) => Math.cos(index * index)),
      oneHot: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0),
    };
    const [u, v] = [wave(0), wave(1)];
    const [hu, hv] = [await hessian.multiply(batch, u), await hessian.multiply(batch, v)];
    const dot = (a: Float64Array, b: Float64Array): number =>
      a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
    expect(dot(u, hv)).toBeCloseTo(dot(v, hu), 4);
    expect(Math.abs(dot(u, hv))).toBeGreaterThan(0.1);
    const both = await hessian.multiply(
      batch,
      u.map((value, index) => 2 * value - (v[index] ?? 0)),
    );
    expect(dot(both, u)).toBeCloseTo(2 * dot(hu, u) - dot(hv, u), 3);
    await hessian.dispose();
  });
});
