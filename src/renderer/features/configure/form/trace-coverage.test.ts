import { expect, it } from 'vitest';
import { coveredSteps } from './trace-coverage.ts';

it.each([
  ['of another tool, counted from 0', [0, 10, 19], 28],
  ['of updates taken', [1, 2, 3, 4], 4],
  ['of one record', [0], 1],
  ['that begins late', [20, 40], null],
  ['without records', [], null],
])('a trace %s covers the steps that the engine counts', (_what, recorded, covered) => {
  expect(coveredSteps(recorded)).toBe(covered);
});
