/**
 * Returns a function that asks for `act` and may be called at any rate: `act` follows at once after a rest, and otherwise
 * `pause` milliseconds after the last time, for all who asked meanwhile.
 */
export function paced(pause: number, act: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    setTimeout(
      () => {
        asked = false;
        last = performance.now();
        act();
      },
      Math.max(0, last + pause - performance.now()),
    );
  };
}
