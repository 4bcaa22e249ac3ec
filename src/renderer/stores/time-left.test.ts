import { expect, it } from 'vitest';
import { secondsLeft } from './time-left.ts';

it('the time left is what the rest takes at the pace so far, once there is a pace', () => {
  expect(secondsLeft(0.25, 10)).toBe(30);
  expect(secondsLeft(1, 10)).toBe(0);
  expect(secondsLeft(0, 10)).toBeNull();
  expect(secondsLeft(0.5, 0.2)).toBeNull();
  expect(secondsLeft(Number.NaN, 10)).toBeNull();
});
