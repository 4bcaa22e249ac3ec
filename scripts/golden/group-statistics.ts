type Gradient = Readonly<Record<string, Float32Array>>;

export interface GroupStatistics {
  readonly normMean: number;
  readonly squaredNormMean: number;
  /** Mean cosine of each micro-batch gradient with their mean. */
  readonly cosineMean: number;
  /** sum norm(g_j)^2 / norm(sum g_j)^2 */
  readonly diversity: number;
  /** norm(mean g_j)^2 */
  readonly meanSquaredNorm: number;
}

/** Statistics of the loss gradients of one group of micro-batches, in double precision. */
export function groupStatistics(gradients: readonly Gradient[]): GroupStatistics {
  const vectors = gradients.map((gradient) => Object.values(gradient).flatMap((tensor) => [...tensor]));
  const count = vectors.length;
  const mean = (vectors[0] ?? []).map((_, index) => vectors.reduce((sum, v) => sum + (v[index] ?? 0), 0) / count);
  const squaredNorms = vectors.map((vector) => dot(vector, vector));
  const meanSquaredNorm = dot(mean, mean);
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / count;
  return {
    normMean: average(squaredNorms.map(Math.sqrt)),
    squaredNormMean: average(squaredNorms),
    cosineMean: average(
      vectors.map((vector, index) => dot(vector, mean) / Math.sqrt((squaredNorms[index] ?? 0) * meanSquaredNorm)),
    ),
    diversity: average(squaredNorms) / (count * meanSquaredNorm),
    meanSquaredNorm,
  };
}

/** Euclidean norm over all tensors together; each may be given as a combination left + factor * right. */
export function globalNorm(left: Gradient, factor = 0, right: Gradient = {}): number {
  let sum = 0;
  for (const [name, tensor] of Object.entries(left)) {
    const other = right[name];
    for (const [index, value] of tensor.entries()) sum += (value + factor * (other?.[index] ?? 0)) ** 2;
  }
  return Math.sqrt(sum);
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}
