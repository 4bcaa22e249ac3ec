import { seriesCatalogue } from '../../../contracts/series.ts';

/** Words of foreign names that mean one of our series, the most telling first. */
const rules: readonly (readonly [pattern: RegExp, series: string])[] = [
  [/(val|valid|validation|test|eval).*(acc|top1|correct)/, 'validation/accuracy'],
  [/(val|valid|validation|test|eval).*(loss|nll|cross.?entropy)/, 'validation/loss'],
  [/grad.*norm/, 'train/gradient_norm'],
  [/(step|update).*(length|size|norm)/, 'train/step_length'],
  [/(penalty|regulari[sz]|reg.?(loss|term)).*(lambda|weighted|scaled)/, 'train/penalty_lambda'],
  [/penalty|regulari[sz]|reg.?(loss|term)/, 'train/penalty'],
  [/acc|top1|correct/, 'train/accuracy'],
  [/loss|nll|cross.?entropy/, 'train/loss'],
];

const ours = new Set(seriesCatalogue.map(({ name }) => name));

/** The series of ours that a foreign name seems to mean; null where it is one of ours, or means none. */
export function suggestSeries(name: string): string | null {
  if (ours.has(name)) return null;
  const plain = name.toLowerCase();
  return rules.find(([pattern]) => pattern.test(plain))?.[1] ?? null;
}

/** Whether first values look like percentages where fractions are wanted. */
export function looksLikePercent(series: string, values: readonly string[]): boolean {
  const numbers = values.map(Number).filter((value) => Number.isFinite(value));
  return series.endsWith('accuracy') && numbers.some((value) => value > 1) && numbers.every((value) => value <= 100);
}
