/**
 * Adaptive average pooling of one square plane to `side` x `side`: output cell i averages the rows
 * floor(i h / side) to ceil((i + 1) h / side), and columns likewise, as PyTorch's adaptive_avg_pool2d.
 * Reads `height` x `width` values at `offset`, writes side² values at `targetOffset`.
 */
export function averagePool(
  source: {
    readonly values: ArrayLike<number>;
    readonly offset: number;
    readonly height: number;
    readonly width: number;
  },
  side: number,
  target: Float32Array,
  targetOffset: number,
): void {
  const { values, offset, height, width } = source;
  for (let row = 0; row < side; row += 1) {
    const top = Math.floor((row * height) / side);
    const bottom = Math.ceil(((row + 1) * height) / side);
    for (let column = 0; column < side; column += 1) {
      const left = Math.floor((column * width) / side);
      const right = Math.ceil(((column + 1) * width) / side);
      let sum = 0;
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) sum += values[offset + y * width + x] ?? 0;
      }
      target[targetOffset + row * side + column] = sum / ((bottom - top) * (right - left));
    }
  }
}
