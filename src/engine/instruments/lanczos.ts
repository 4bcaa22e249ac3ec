import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** A symmetric operator on vectors. */
export type Multiply = (vector: Float64Array) => Promise<Float64Array>;

/** Approximate eigenpairs of a symmetric operator. */
export interface RitzPairs {
  /** Descending; the outermost converge first. */
  readonly values: readonly number[];
  /** The unit vector of a value, up to its sign. */
  readonly vector: (index: number) => Float64Array;
}

/** Where the next direction is so short, against the operator's size, that only rounding is left in it. */
const exhausted = 1e-6;

/**
 * Lanczos iteration with full re-orthogonalisation in double precision, from a start vector that must not be orthogonal
 * to what is looked for (a random one never is). Takes at most `steps` products; fewer where the Krylov space is
 * exhausted. An eigenvalue of several dimensions appears once.
 */
export async function lanczos(multiply: Multiply, start: Float64Array, steps: number): Promise<RitzPairs> {
  const basis = [unit(start)];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  let size = 0;
  for (;;) {
    const current = basis.at(-1) ?? start;
    const product = await multiply(current);
    diagonal.push(dot(product, current));
    size = Math.max(size, Math.sqrt(dot(product, product)));
    // Twice is enough (Kahan and Parlett): the first pass leaves rounding of the size of the product.
    for (const vector of [...basis, ...basis]) subtract(product, dot(product, vector), vector);
    const length = Math.sqrt(dot(product, product));
    // An operator that overflows has no eigenvalues; its decomposition would never end.
    if (!Number.isFinite(length)) return { values: [Number.NaN], vector: () => product.fill(Number.NaN) };
    if (diagonal.length >= Math.min(steps, start.length) || length <= exhausted * size) break;
    offDiagonal.push(length);
    basis.push(unit(product));
  }
  return ritzPairs(basis, diagonal, offDiagonal);
}

/** Eigenpairs of the tridiagonal matrix, brought back from the basis. */
function ritzPairs(
  basis: readonly Float64Array[],
  diagonal: readonly number[],
  offDiagonal: readonly number[],
): RitzPairs {
  const matrix = Matrix.diag([...diagonal]);
  for (const [index, value] of offDiagonal.entries()) {
    matrix.set(index, index + 1, value);
    matrix.set(index + 1, index, value);
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = [...realEigenvalues.keys()].toSorted(
    (left, right) => (realEigenvalues[right] ?? 0) - (realEigenvalues[left] ?? 0),
  );
  return {
    values: order.map((column) => realEigenvalues[column] ?? Number.NaN),
    vector: (index) => {
      const sum = new Float64Array(basis[0]?.length ?? 0);
      for (const [row, vector] of basis.entries())
        subtract(sum, -eigenvectorMatrix.get(row, order[index] ?? 0), vector);
      return sum;
    },
  };
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

function dot(left: Float64Array, right: Float64Array): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

/** left -= factor * right, in place. */
function subtract(left: Float64Array, factor: number, right: Float64Array): void {
  for (const [index, value] of right.entries()) left[index] = (left[index] ?? 0) - factor * value;
}
