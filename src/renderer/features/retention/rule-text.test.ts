import { describe, expect, it } from 'vitest';
import { readRule } from './rule-text.ts';

const nothing = { every: '', perDecade: '', budget: '', total: '' };

describe('the fields of a retention rule', () => {
  it('are a rule where they are numbers, budgets in megabytes; empty ones say nothing', () => {
    expect(readRule(nothing)).toEqual({ rule: {}, errors: {} });
    expect(readRule({ every: '1,000', perDecade: '3', budget: '0.5', total: ' 20000 ' })).toEqual({
      rule: { every: 1000, perDecade: 3, budgetBytes: 500_000, totalBytes: 20_000_000_000 },
      errors: {},
    });
  });

  it('are no rule where one is wrong, and say which', () => {
    expect(readRule({ ...nothing, every: '0.5', perDecade: '11', budget: '-1', total: 'much' })).toEqual({
      rule: null,
      errors: {
        every: 'A whole number from 1 to 100,000,000',
        perDecade: 'A whole number from 1 to 10',
        budget: 'A number of megabytes from 0',
        total: 'A number of megabytes from 0',
      },
    });
  });
});
