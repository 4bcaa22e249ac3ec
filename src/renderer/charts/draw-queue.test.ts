import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cancelDrawing, queueDrawing } from './draw-queue.ts';

/** Frames by hand: the callbacks that wait for the next one, and the clock that the queue looks at. */
let frames: (() => void)[] = [];
let now = 0;

function nextFrame(): number {
  const due = frames;
  frames = [];
  for (const callback of due) callback();
  return due.length;
}

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback));
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  nextFrame();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('the draw queue', () => {
  it('draws an owner once a frame, as it asked last', () => {
    const drawn: string[] = [];
    const owner = {};
    queueDrawing(owner, () => drawn.push('first'));
    queueDrawing(owner, () => drawn.push('second'));
    expect(drawn).toEqual([]);
    nextFrame();
    expect(drawn).toEqual(['second']);
  });

  it('leaves what does not fit into its budget to the next frame', () => {
    const drawn: number[] = [];
    for (const each of [1, 2, 3]) {
      queueDrawing({}, () => {
        drawn.push(each);
        now += 10;
      });
    }
    nextFrame();
    expect(drawn).toEqual([1, 2]);
    nextFrame();
    expect(drawn).toEqual([1, 2, 3]);
  });

  it('takes one turn a frame, also where drawing asks for more drawing', () => {
    const overlay = {};
    for (let each = 0; each < 3; each += 1) {
      queueDrawing({}, () => {
        now += 20;
        queueDrawing(overlay, () => undefined);
      });
    }
    nextFrame();
    expect(nextFrame()).toBe(1);
  });

  it('forgets an owner that has gone', () => {
    const owner = {};
    const draw = vi.fn();
    queueDrawing(owner, draw);
    cancelDrawing(owner);
    nextFrame();
    expect(draw).not.toHaveBeenCalled();
  });
});
