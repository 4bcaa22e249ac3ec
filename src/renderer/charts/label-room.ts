const widest = 190;
let context: CanvasRenderingContext2D | null | undefined;

/** Pixels that line ends need for their labels: swatch, gap and the widest of them, within reason. */
export function labelRoom(labels: readonly string[], short: boolean): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (context === null || labels.length === 0) return short ? 54 : 128;
  context.font = `11.5px ${getComputedStyle(document.documentElement).getPropertyValue('--font-ui')}`;
  const text = Math.max(...labels.map((label) => context?.measureText(label).width ?? 0));
  return Math.round(Math.max(short ? 54 : 110, Math.min(widest, 29 + text + 8)));
}
