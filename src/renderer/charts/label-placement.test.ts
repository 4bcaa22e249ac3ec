import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeLabels } from './label-placement.ts';

describe('labels at the ends of lines', () => {
  it('stay where they want to be when there is room', () => {
    expect(placeLabels([10, 60, 30], 14, 0, 100)).toEqual([10, 60, 30]);
  });

  it('move apart evenly around the place they compete for', () => {
    expect(placeLabels([50, 50], 14, 0, 100)).toEqual([43, 57]);
  });

  it('keep the gap, the order and the bounds for any wishes that fit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -50, max: 250, noNaN: true }), { minLength: 1, maxLength: 12 }),
        (wanted) => {
          const placed = placeLabels(wanted, 14, 0, 200);
          const byWish = wanted
            .map((wish, index) => ({ wish, y: placed[index] ?? Number.NaN }))
            .sort((a, b) => a.wish - b.wish || a.y - b.y);
          for (const [index, label] of byWish.entries()) {
            expect(label.y).toBeGreaterThanOrEqual(-1e-9);
            expect(label.y).toBeLessThanOrEqual(200 + 1e-9);
            const next = byWish[index + 1];
            if (next !== undefined) expect(next.y - label.y).toBeGreaterThanOrEqual(14 - 1e-6);
          }
        },
      ),
    );
  });

  it('share the room where it is too small', () => {
    expect(placeLabels([5, 5, 5], 14, 0, 20)).toEqual([0, 10, 20]);
  });
});
