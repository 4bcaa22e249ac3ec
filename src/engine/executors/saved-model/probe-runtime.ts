import { MicrobatchError } from '../../../contracts/errors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { finishFunction } from '../../graph/program.ts';
import { evaluateReference } from '../../graph/reference.ts';
import { gradient } from '../../graph/reverse.ts';
import { elementCount } from '../../graph/shapes.ts';
import { loadNativeLibrary } from './native-library.ts';
import { SavedModelSession } from './session.ts';

/**
 * Loads a native runtime and compares a matrix product, a convolution with pooling, and the gradient of its squared
 * gradient norm with the float64 reference. Throws `runtime/...` where it does not load, `runtime/wrong-result` where it
 * computes something else.
 */
export async function probeRuntime(folder: string): Promise<{ version: string; graphicsCard: boolean }> {
  const binding = await loadNativeLibrary(folder, 1);
  const builder = new GraphBuilder();
  const images = builder.input('images', [2, 3, 4, 4]);
  const filter = builder.input('filter', [4, 3, 3, 3]);
  const weight = builder.input('weight', [5, 16]);
  const maps = builder.maximumPool(builder.relu(builder.convolution(images, filter, 1, 1)), 2);
  const product = builder.matrixMultiply(builder.reshape(maps, [2, 16]), weight, false, true);
  const gradients = gradient(builder, builder.squaredNorm([product]), [filter, weight]);
  const [twice = product] = gradient(builder, builder.squaredNorm(gradients), [filter]);
  const feeds = { images, filter, weight };
  const probe = finishFunction(builder, { feeds, reads: {}, fetches: { product, twice }, updates: {} });
  const data = Object.fromEntries(
    Object.entries(feeds).map(([name, id]) => [name, numbers(elementCount(builder.shape(id)), id)]),
  );

  const session = SavedModelSession.load(binding, { state: {}, functions: { probe } });
  const computed = await session.run('probe', data);
  await session.dispose();
  const expected = evaluateReference(probe.graph, data);
  for (const [name, id] of Object.entries(probe.fetches)) {
    requireEqual(name, computed[name] ?? new Float32Array(), expected[id] ?? new Float64Array());
  }
  return { version: binding.TF_Version, graphicsCard: binding.isUsingGpuDevice() };
}

function numbers(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin(index * 12.9898 + seed));
}

function requireEqual(name: string, computed: Float32Array, expected: Float64Array): void {
  const scale = Math.max(...expected.map(Math.abs));
  const equal = expected.every((value, index) => Math.abs(value - (computed[index] ?? Number.NaN)) < 1e-3 * scale);
  if (equal) return;
  throw new MicrobatchError({
    code: 'runtime/wrong-result',
    message: `the native runtime computes a wrong ${name === 'twice' ? 'second derivative' : name}`,
    remedy: 'remove it and use the executor onnx',
  });
}
