const widest = 190;
/** Swatch and gaps beside the text of a label. */
const besideText = 37;
let context: CanvasRenderingContext2D | null = null;

function widthOf(text: string): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (context === null) return text.length * 6.2;
  context.font = `11.5px ${getComputedStyle(document.documentElement).getPropertyValue('--font-ui')}`;
  return context.measureText(text).width;
}

/** Pixels that line ends need for their labels: swatch, gaps and the widest of them, within reason. */
export function labelRoom(labels: readonly string[], short: boolean): number {
  const text = Math.max(0, ...labels.map(widthOf));
  return Math.round(Math.max(short ? 54 : 110, Math.min(widest, besideText + text)));
}

/** A label cut so that it fits into `room` pixels with its swatch. */
export function fitLabel(label: string, room: number): string {
  if (besideText + widthOf(label) <= room + 1) return label;
  let end = label.length - 1;
  while (end > 1 && besideText + widthOf(`${label.slice(0, end).trimEnd()}…`) > room) end -= 1;
  return `${label.slice(0, end).trimEnd()}…`;
}
