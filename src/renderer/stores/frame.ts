/** Calls back before the next picture is drawn; where nothing is drawn, a frame's time later. */
export function onNextFrame(callback: () => void): void {
  if ('requestAnimationFrame' in globalThis) globalThis.requestAnimationFrame(callback);
  else setTimeout(callback, 16);
}
