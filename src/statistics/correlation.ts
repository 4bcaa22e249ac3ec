import { mean } from './summary.ts';

/** Pearson's correlation of two series of equal length. */
export function pearsonCorrelation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (const [index, value] of a.entries()) {
    const [left, right] = [value - meanA, (b[index] ?? Number.NaN) - meanB];
    product += left * right;
    squareA += left * left;
    squareB += right * right;
  }
  return product / Math.sqrt(squareA * squareB);
}

/** Spearman's correlation: Pearson's of the ranks, equal values sharing their mean rank. */
export function spearmanCorrelation(a: readonly number[], b: readonly number[]): number {
  return pearsonCorrelation(ranks(a), ranks(b));
}

/** Mean of ln(a / b): how far a positive curve lies above another, in factors of e. */
export function meanLogRatio(a: readonly number[], b: readonly number[]): number {
  return mean(a.map((value, index) => Math.log(value / (b[index] ?? Number.NaN))));
}

function ranks(values: readonly number[]): number[] {
  const sorted = values.toSorted((left, right) => left - right);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}
