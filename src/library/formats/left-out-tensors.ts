import { bare } from './damage.ts';
import type { TensorInFile } from './element-types.ts';

/** A tensor that is not read, and what it is, in words. */
export interface LeftOutTensor {
  readonly name: string;
  readonly what: string;
}

/** What is told of tensors that are not read; nothing where there are none. */
export function leftOutTensors(tensors: readonly LeftOutTensor[]): string[] {
  if (tensors.length === 0) return [];
  const named = tensors.slice(0, 20).map(({ name, what }) => `${bare(name)} (${what})`);
  return [`left out, as no weights: ${named.join(', ')}${tensors.length > named.length ? ', …' : ''}`];
}

/**
 * Unsigned numbers of 64 bits are kept as signed ones, the same where they are below 2^63: those that are not are told and
 * left out. `unsigned` are the names of tensors of that type; each is read once.
 */
export async function withinSigned(
  tensors: ReadonlyMap<string, TensorInFile>,
  unsigned: readonly string[],
): Promise<{ tensors: ReadonlyMap<string, TensorInFile>; leftOut: LeftOutTensor[] }> {
  const leftOut: LeftOutTensor[] = [];
  for (const name of unsigned) {
    const read = await tensors.get(name)?.read();
    if (read?.type === 'I64' && read.data.some((value) => value < 0n)) {
      leftOut.push({ name, what: 'of unsigned numbers from 2^63' });
    }
  }
  const gone = new Set(leftOut.map(({ name }) => name));
  return { tensors: new Map([...tensors].filter(([name]) => !gone.has(name))), leftOut };
}
