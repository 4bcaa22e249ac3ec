import { expect, it } from 'vitest';
import { coveredSteps } from './trace-coverage.ts';

it.each([
  ['of another tool, counted from 0', [0, 10, 19], false, 28],
  ['of another tool that begins at 1, and has no value for the first update', [1, 2, 3], false, null],
  ['of updates taken', [1, 2, 3, 4], true, 4],
  ['of one record', [0], true, 1],
  ['that begins late', [20, 40], true, null],
  ['without records', [], true, null],
])('a trace %s covers the steps that the engine counts', (_what, recorded, countsUpdates, covered) => {
  expect(coveredSteps(recorded, countsUpdates)).toBe(covered);
});
