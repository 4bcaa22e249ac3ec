/** Milliseconds of drawing in one frame; what is left waits for the next, so that no frame blocks the window for long. */
const budget = 16;

const waiting = new Map<object, () => void>();
let asked = false;

/** Draws soon, once per owner however often it is asked. Long queues are spread over frames. */
export function queueDrawing(owner: object, draw: () => void): void {
  waiting.set(owner, draw);
  ask();
}

export function cancelDrawing(owner: object): void {
  waiting.delete(owner);
}

/** One turn a frame, also where drawing itself asks for more. */
function ask(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(drawSome);
}

function drawSome(): void {
  const started = performance.now();
  try {
    for (const [owner, draw] of waiting) {
      waiting.delete(owner);
      draw();
      if (performance.now() - started > budget) break;
    }
  } finally {
    // A chart that fails must not stop the others.
    asked = false;
    if (waiting.size > 0) ask();
  }
}
