import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeWindow, smallestWindow } from './window-bounds.ts';

const laptop = { x: 0, y: 0, width: 1920, height: 1040 };
const second = { x: 1920, y: 0, width: 2560, height: 1400 };

describe('where the window opens', () => {
  it('is the middle of the first display at first', () => {
    expect(placeWindow(null, [laptop])).toEqual({ x: 240, y: 70, width: 1440, height: 900, maximized: false });
  });

  it('is where it was', () => {
    const remembered = { x: 2000, y: 100, width: 1500, height: 1000, maximized: false };
    expect(placeWindow(remembered, [laptop, second])).toEqual(remembered);
  });

  it('is the first display when its own is gone, still maximized', () => {
    const remembered = { x: 2000, y: 100, width: 1500, height: 1000, maximized: true };
    expect(placeWindow(remembered, [laptop])).toEqual({ x: 240, y: 70, width: 1440, height: 900, maximized: true });
  });

  it('moves back what hangs over an edge', () => {
    const remembered = { x: -300, y: 900, width: 1400, height: 900, maximized: false };
    expect(placeWindow(remembered, [laptop])).toMatchObject({ x: 0, y: 140 });
  });

  it('always lies inside one display that is large enough, wherever it was', () => {
    const place = fc.integer({ min: -10_000, max: 10_000 });
    const size = fc.integer({ min: 1, max: 10_000 });
    const bounds = fc.record({ x: place, y: place, width: size, height: size, maximized: fc.boolean() });
    fc.assert(
      fc.property(bounds, (remembered) => {
        const placed = placeWindow(remembered, [laptop, second]);
        expect(placed.width).toBeGreaterThanOrEqual(smallestWindow.width);
        const inside = [laptop, second].some(
          (area) =>
            placed.x >= area.x &&
            placed.y >= area.y &&
            placed.x + placed.width <= area.x + area.width &&
            placed.y + placed.height <= area.y + area.height,
        );
        expect(inside).toBe(true);
      }),
    );
  });
});
