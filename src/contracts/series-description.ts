/** What a series is: name, label, unit, formula. */
export interface SeriesDescription {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  /** Scale that a chart starts with. */
  readonly scale: 'linear' | 'logarithmic';
  readonly formula: string;
}
