import { describe, expect, it } from 'vitest';
import { stopRule, stopRuleText } from './stop-rule.ts';

describe('a stop rule', () => {
  it.each([
    [{ lossAbove: 5 }, 'loss above 5'],
    [{ accuracyReached: 0.57 }, 'accuracy at least 57 %'],
    [{ plateau: { evaluations: 1, gain: 0 } }, '1 evaluation without a better one'],
    [
      { lossAbove: 2.5, plateau: { evaluations: 10, gain: 0.001 } },
      'loss above 2.5, or 10 evaluations without a gain of 0.1 points',
    ],
  ])('%j is said as %s', (rule, text) => expect(stopRuleText(stopRule.parse(rule))).toBe(text));

  it.each([{}, { accuracyReached: 80 }, { lossAbove: 0 }, { plateau: { evaluations: 0 } }, { plateu: {} }])(
    'is not %j',
    (rule) => expect(stopRule.safeParse(rule).success).toBe(false),
  );
});
