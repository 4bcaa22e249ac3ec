import { GraphBuilder } from '../../graph/builder.ts';
import { finishFunction } from '../../graph/program.ts';
import { elementCount } from '../../graph/shapes.ts';
import type { Program } from '../executor.ts';
import { OnnxSession } from './session.ts';

/** Channels per block on processors with AVX-512, and on others that have the blocked kernels at all. */
const candidates = [16, 8];

/** More channels and more examples than the greatest block, neither a multiple of one. */
const image = [18, 20, 6, 6];
const filter = [20, 20, 3, 3];

let known: Promise<number | undefined> | undefined;

/**
 * The block length of onnxruntime's blocked layout on this processor, or undefined where its kernels are missing or give
 * other results than the standard operators. Tried once per process, on all three convolutions.
 */
export function findBlock(): Promise<number | undefined> {
  return (known ??= probe());
}

async function probe(): Promise<number | undefined> {
  const expected = await convolutions(undefined);
  for (const block of candidates) {
    try {
      if (agree(await convolutions(block), expected)) return block;
    } catch {
      // This block length is not the one of this processor.
    }
  }
  return undefined;
}

async function convolutions(block: number | undefined): Promise<Record<string, Float32Array>> {
  const session = await OnnxSession.load(probeProgram(), { threads: 1, block, quiet: true });
  try {
    return await session.run('probe', { x: numbers(image, 1), w: numbers(filter, 2), dY: numbers(image, 3) });
  } finally {
    await session.dispose();
  }
}

function probeProgram(): Program {
  const builder = new GraphBuilder();
  const x = builder.input('x', image);
  const w = builder.input('w', filter);
  const dY = builder.input('dY', image);
  const fetches = {
    convolution: builder.convolution(x, w, 1, 1),
    inputGradient: builder.convolutionInputGradient(dY, w, 1, 1, image),
    filterGradient: builder.convolutionFilterGradient(x, dY, 1, 1, filter),
  };
  return {
    state: {},
    functions: { probe: finishFunction(builder, { feeds: { x, w, dY }, reads: {}, fetches, updates: {} }) },
  };
}

function numbers(shape: readonly number[], seed: number): Float32Array {
  return Float32Array.from({ length: elementCount(shape) }, (_, index) => Math.sin(index * 12.9898 + seed));
}

/** Sums of some hundred products of numbers below 1, in another order: equal to about 1e-5. */
function agree(actual: Record<string, Float32Array>, expected: Record<string, Float32Array>): boolean {
  return Object.entries(expected).every(([name, values]) =>
    values.every((value, index) => Math.abs(value - (actual[name]?.[index] ?? Number.NaN)) < 1e-3),
  );
}
