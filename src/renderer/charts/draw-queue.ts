/** Milliseconds of drawing in one frame; what is left waits for the next, so that no frame blocks the window for long. */
const budget = 16;

const waiting = new Map<object, () => void>();
let frame = 0;

/** Draws soon, once per owner however often it is asked. Long queues are spread over frames. */
export function queueDrawing(owner: object, draw: () => void): void {
  waiting.set(owner, draw);
  if (frame === 0) frame = requestAnimationFrame(drawSome);
}

export function cancelDrawing(owner: object): void {
  waiting.delete(owner);
}

function drawSome(): void {
  frame = 0;
  const started = performance.now();
  for (const [owner, draw] of waiting) {
    waiting.delete(owner);
    draw();
    if (performance.now() - started > budget) break;
  }
  if (waiting.size > 0) frame = requestAnimationFrame(drawSome);
}
