import { describe, expect, it } from 'vitest';
import { ExampleTally } from './example-tally.ts';

describe('a tally of examples', () => {
  it('counts confusion, the top five and calibration', () => {
    const tally = new ExampleTally(['a', 'b', 'c', 'd', 'e', 'f']);
    const certain = Float32Array.of(100, 0, 0, 0, 0, -1);
    tally.see(certain, 0);
    tally.see(certain, 1);
    tally.see(certain, 5);
    const { top5, classes, confusion, calibration } = tally.figures();
    expect(top5).toBeCloseTo(2 / 3);
    expect(classes.map(({ n, correct }) => [n, correct])).toEqual([
      [1, 1],
      [1, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [1, 0],
    ]);
    expect(confusion[5]).toEqual([1, 0, 0, 0, 0, 0]);
    // All three say so with certainty, one is right.
    expect(calibration.error).toBeCloseTo(2 / 3);
    expect(calibration.bins.at(-1)).toMatchObject({ n: 3, confidence: 1 });
  });
});
