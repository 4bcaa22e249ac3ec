/**
 * Heights for labels that each want to stand at `wanted`: in the order of their wishes, at least `gap` apart, inside
 * [top, bottom], moved as little as that allows. Where the room is too small for the gap they share it equally.
 */
export function placeLabels(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  if (wanted.length === 0) return [];
  const spacing = wanted.length > 1 ? Math.min(gap, (bottom - top) / (wanted.length - 1)) : gap;
  const order = wanted.map((_, index) => index).sort((a, b) => at(wanted, a) - at(wanted, b));
  const blocks: Block[] = [];
  for (const index of order) {
    let block: Block = { members: [index], start: at(wanted, index) };
    block.start = clamp(block.start, top, bottom);
    let previous = blocks.at(-1);
    while (previous !== undefined && previous.start + previous.members.length * spacing > block.start) {
      blocks.pop();
      block = merge(previous, block, wanted, spacing, top, bottom);
      previous = blocks.at(-1);
    }
    blocks.push(block);
  }
  const placed = new Array<number>(wanted.length).fill(top);
  for (const block of blocks) {
    block.members.forEach((index, position) => {
      placed[index] = block.start + position * spacing;
    });
  }
  return placed;
}

/** Labels that touch, in order; `start` is the height of the first. */
interface Block {
  members: number[];
  start: number;
}

/** Two touching blocks become one, at the mean of where its members would put it. */
function merge(
  upper: Block,
  lower: Block,
  wanted: readonly number[],
  spacing: number,
  top: number,
  bottom: number,
): Block {
  const members = [...upper.members, ...lower.members];
  const wish = members.reduce((sum, index, position) => sum + at(wanted, index) - position * spacing, 0);
  return { members, start: clamp(wish / members.length, top, bottom - (members.length - 1) * spacing) };
}

const at = (values: readonly number[], index: number): number => values[index] ?? 0;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(Math.max(low, high), value));
