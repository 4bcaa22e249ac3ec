import type { EvaluationFigures, KeptEvaluation } from '../../../contracts/evaluations.ts';
import { formatCount, formatNumber, formatPercent, formatSignificant } from '../../format/numbers.ts';

type Which = Pick<KeptEvaluation, 'checkpoint' | 'split'>;

/** One evaluation among those of its run, which keeps one for each checkpoint and split. */
export const keyOf = ({ checkpoint, split }: Which): string => `${String(checkpoint)} ${split}`;

/** "step 200, validation" */
export const evaluationName = ({ checkpoint, split }: Which): string => `step ${formatCount(checkpoint)}, ${split}`;

export interface SummaryRow {
  readonly label: string;
  readonly shown: string;
  readonly beside: string;
  /** Of the other evaluation to the one that is shown; of percentages in points. */
  readonly difference: string;
}

const signed = (text: string, value: number): string => (value > 0 ? `+${text}` : text);

/** The figures of an evaluation, and of another one beside it. */
export function summaryRows(shown: EvaluationFigures, beside: EvaluationFigures | null): SummaryRow[] {
  const percent = (label: string, of: (figures: EvaluationFigures) => number): SummaryRow => {
    const written = (value: number): string => `${formatPercent(value, 2)}\u2009%`;
    const points = beside === null ? 0 : (of(beside) - of(shown)) * 100;
    return {
      ...{ label, shown: written(of(shown)), beside: beside === null ? '' : written(of(beside)) },
      difference: `${signed(formatNumber(points, 2), points)} points`,
    };
  };
  const loss = beside === null ? 0 : beside.loss - shown.loss;
  return [
    percent('Accuracy', ({ accuracy }) => accuracy),
    percent('Top 5', ({ top5 }) => top5),
    {
      label: 'Loss, nats',
      shown: formatSignificant(shown.loss, 4),
      beside: beside === null ? '' : formatSignificant(beside.loss, 4),
      difference: signed(formatSignificant(loss, 3), loss),
    },
    percent('Calibration error', ({ calibration }) => calibration.error),
    {
      label: 'Images',
      shown: formatCount(shown.n),
      beside: beside === null ? '' : formatCount(beside.n),
      difference: '',
    },
  ];
}
