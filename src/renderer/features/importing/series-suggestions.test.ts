import { expect, it } from 'vitest';
import { looksLikePercent, suggestSeries } from './series-suggestions.ts';

it.each([
  ['val_acc', 'validation/accuracy'],
  ['Test Accuracy (%)', 'validation/accuracy'],
  ['eval/loss', 'validation/loss'],
  ['train_loss', 'train/loss'],
  ['loss', 'train/loss'],
  ['acc', 'train/accuracy'],
  ['grad_norm', 'train/gradient_norm'],
  ['global_gradient_norm', 'train/gradient_norm'],
  ['reg_term_lambda', 'train/penalty_lambda'],
  ['train/gradient_norm', null],
  ['lr', null],
])('a column %s seems to mean %s', (name, series) => {
  expect(suggestSeries(name)).toBe(series);
});

it('accuracies above 1 are taken for percentages', () => {
  expect(looksLikePercent('validation/accuracy', ['0', '54.2', '100'])).toBe(true);
  expect(looksLikePercent('validation/accuracy', ['0', '0.542', '1'])).toBe(false);
  expect(looksLikePercent('train/loss', ['2.3'])).toBe(false);
  expect(looksLikePercent('validation/accuracy', ['', 'NaN'])).toBe(false);
});
