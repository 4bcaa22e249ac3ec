import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import type { EffectScope, Ref } from 'vue';
import { useParts } from './use-parts.ts';

/** Frames by hand: what waits for the next one. */
let frames = new Map<number, () => void>();
let asked = 0;
let scope: EffectScope;
let total: Ref<number>;
let parts: Readonly<Ref<number>> | undefined;

function nextFrame(): void {
  const due = [...frames.values()];
  frames = new Map();
  for (const callback of due) callback();
}

beforeEach(() => {
  frames = new Map();
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    asked += 1;
    frames.set(asked, callback);
    return asked;
  });
  vi.stubGlobal('cancelAnimationFrame', (frame: number) => frames.delete(frame));
  scope = effectScope();
  total = ref(3);
  parts = scope.run(() => useParts(() => total.value));
});
afterEach(() => {
  scope.stop();
  vi.unstubAllGlobals();
});

describe('the parts of a screen', () => {
  it('come one a frame, until all are there', () => {
    const seen = [];
    for (let frame = 0; frame < 5; frame += 1) {
      seen.push(parts?.value);
      nextFrame();
    }
    expect(seen).toEqual([1, 2, 3, 3, 3]);
    expect(frames.size).toBe(0);
  });

  it('go on where there are more of them later', async () => {
    for (let frame = 0; frame < 5; frame += 1) nextFrame();
    total.value = 4;
    await nextTick();
    nextFrame();
    expect(parts?.value).toBe(4);
  });

  it('end with the screen', () => {
    scope.stop();
    expect(frames.size).toBe(0);
  });
});
