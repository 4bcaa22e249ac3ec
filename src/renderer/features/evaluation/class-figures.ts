import type { EvaluationFigures } from '../../../contracts/evaluations.ts';

/** How well one class is told from the others; null where nothing could be divided by. */
export interface ClassFigures {
  readonly label: number;
  readonly name: string;
  /** Images of the class. */
  readonly support: number;
  /** Of the images that were called this class, the share that are. */
  readonly precision: number | null;
  /** Of the images of this class, the share that were called so. */
  readonly recall: number | null;
  /** Harmonic mean of precision and recall. */
  readonly f1: number | null;
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Figures of every class from a confusion matrix: rows are true classes, columns predicted ones. */
export function classFigures({ classes, confusion }: Pick<EvaluationFigures, 'classes' | 'confusion'>): ClassFigures[] {
  const predicted = classes.map((_, label) => confusion.reduce((sum, row) => sum + (row[label] ?? 0), 0));
  return classes.map(({ name, n }, label) => {
    const correct = confusion[label]?.[label] ?? 0;
    const called = predicted[label] ?? 0;
    return {
      ...{ label, name, support: n },
      precision: share(correct, called),
      recall: share(correct, n),
      f1: share(2 * correct, called + n),
    };
  });
}

export type ClassColumn = 'label' | 'precision' | 'recall' | 'f1' | 'support';
export interface ClassOrder {
  readonly column: ClassColumn;
  readonly direction: 'ascending' | 'descending';
}

/** Sorted by a column; what has no figure comes last either way, equal ones keep the order of the data set. */
export function sortClasses(rows: readonly ClassFigures[], { column, direction }: ClassOrder): ClassFigures[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return rows.toSorted((left, right) => {
    const [a, b] = [left[column], right[column]];
    if (a === null || b === null) return Number(a === null) - Number(b === null) || left.label - right.label;
    return sign * (a - b) || left.label - right.label;
  });
}

/** Steps of the colour scale, as in the tokens `--heat-0` to `--heat-6`. */
const heatSteps = 6;

/** Step of the colour scale for a share of a row: 0 for none at all, and never 0 for what is there. */
export const heatLevel = (part: number): number =>
  part <= 0 ? 0 : Math.max(1, Math.min(heatSteps, Math.ceil(part * heatSteps)));

export interface Confusion {
  readonly truth: string;
  readonly predicted: string;
  readonly count: number;
  readonly share: number;
}

/** The pairs of classes that are taken for one another most often, by share of the true class. */
export function worstConfusions(figures: Pick<EvaluationFigures, 'classes' | 'confusion'>, most: number): Confusion[] {
  const { classes, confusion } = figures;
  return confusion
    .flatMap((row, truth) =>
      row.flatMap((count, predicted) => {
        const of = classes[truth];
        const called = classes[predicted];
        if (truth === predicted || count === 0 || of === undefined || called === undefined) return [];
        return [{ truth: of.name, predicted: called.name, count, share: count / of.n }];
      }),
    )
    .toSorted((left, right) => right.share - left.share || right.count - left.count)
    .slice(0, most);
}
