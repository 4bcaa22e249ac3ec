import { RandomStream } from '../engine/training/random.ts';
import { digest } from './readers/named-files.ts';
import { partNames } from './readers/source-set.ts';
import type { Examples, PartName, SourceSet } from './readers/source-set.ts';

/**
 * Ten lines of twelve points that stand for the digits, drawn for this program: how far the ink of a digit reaches to the
 * right, from its top to its bottom.
 */
const templates: readonly (readonly number[])[] = [
  [0.2, 0.6, 0.85, 0.95, 1, 1, 1, 1, 0.95, 0.85, 0.6, 0.2],
  [0.3, 0.45, 0.4, 0.35, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.7, 0.7],
  [0.4, 0.8, 0.95, 0.9, 0.75, 0.55, 0.4, 0.25, 0.15, 0.5, 1, 1],
  [0.5, 0.85, 0.95, 0.8, 0.5, 0.45, 0.6, 0.9, 1, 0.95, 0.75, 0.3],
  [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1, 1, 0.6, 0.6, 0.6, 0.6],
  [1, 1, 0.15, 0.15, 0.5, 0.8, 0.95, 1, 1, 0.9, 0.7, 0.3],
  [0.6, 0.3, 0.2, 0.15, 0.1, 0.7, 0.95, 1, 1, 0.95, 0.75, 0.3],
  [1, 1, 0.95, 0.85, 0.75, 0.65, 0.55, 0.45, 0.4, 0.35, 0.3, 0.3],
  [0.4, 0.75, 0.85, 0.75, 0.45, 0.4, 0.7, 0.95, 1, 0.95, 0.75, 0.4],
  [0.3, 0.75, 0.95, 1, 1, 0.95, 0.7, 0.95, 0.9, 0.8, 0.7, 0.6],
];

/** The recipe of MNIST-1D (Greydanus and Kobak, Scaling Down Deep Learning with MNIST-1D, 2020), with its default figures. */
const recipe = {
  counts: { train: 4000, test: 1000 },
  length: 40,
  /** Points that the template is padded with, before everything else. */
  padding: [36, 60],
  /** Heights are multiplied by 1 plus or minus up to this. */
  scale: 0.4,
  /** Greatest shift to either side, points of the padded line. */
  shift: 48,
  /** Deviation of noise that neighbours share, and of noise of each point alone. */
  sharedNoise: 0.25,
  ownNoise: 0.02,
  /** A slope of up to this over the whole line is added. */
  shear: 0.75,
} as const;

/** Half the width of the window that shared noise is averaged over. */
const noiseReach = 2;

/** A set of one-dimensional digits [1, 1, 40], the same for the same seed on every machine. */
export function generateDigits(seed = 0): SourceSet {
  const part = (name: PartName): Examples => {
    const stream = RandomStream.named(seed, `generated digits/${name}`);
    const count = recipe.counts[name];
    const pixels = new Float32Array(count * recipe.length);
    const labels = Array.from({ length: count }, (_, index) => index % templates.length);
    const order = stream.permutation(count);
    const shuffled = Array.from(order, (index) => labels[index] ?? 0);
    for (const [index, label] of shuffled.entries()) pixels.set(drawDigit(label, stream), index * recipe.length);
    return { pixels, labels: shuffled };
  };
  return {
    kind: 'mnist-1d',
    classes: templates.map((_, label) => String(label)),
    imageShape: [1, 1, recipe.length],
    elementType: 'float32',
    parts: new Map(partNames.map((name) => [name, [part(name)]])),
    left: [],
    source: [
      {
        name: `seed ${String(seed)}`,
        bytes: 0,
        sha256: digest('sha256', JSON.stringify([recipe, templates, seed])),
        md5: '',
      },
    ],
  };
}

/** Pads, scales, shifts, adds noise, shears and thins out one template, in the order of the paper. */
function drawDigit(label: number, stream: RandomStream): Float32Array {
  const template = templates[label] ?? [];
  const [least, most] = recipe.padding;
  const padded = new Float64Array(template.length + least + stream.below(most - least + 1));
  padded.set(template, Math.floor((padded.length - template.length) / 2));
  const factor = 1 + recipe.scale * between(stream, -1, 1);
  const shift = between(stream, -recipe.shift, recipe.shift);
  const slope = recipe.shear * between(stream, -1, 1);
  const noise = sharedNoise(padded.length, stream);
  const line = padded.map((_, at) => {
    const value = factor * valueAt(padded, wrap(at - shift, padded.length));
    const own = recipe.ownNoise * stream.normal();
    return value + (noise[at] ?? 0) + own + slope * (at / (padded.length - 1) - 0.5);
  });
  const step = (line.length - 1) / (recipe.length - 1);
  return Float32Array.from({ length: recipe.length }, (_, at) => valueAt(line, at * step));
}

/** Noise whose neighbours are alike: means over a short window, brought to the deviation of the recipe. */
function sharedNoise(length: number, stream: RandomStream): Float64Array {
  const window = 2 * noiseReach + 1;
  const raw = Float64Array.from({ length: length + window }, () => stream.normal());
  const factor = recipe.sharedNoise / Math.sqrt(window);
  return Float64Array.from({ length }, (_, at) => {
    let sum = 0;
    for (let offset = 0; offset < window; offset += 1) sum += raw[at + offset] ?? 0;
    return factor * sum;
  });
}

/** The value between two points, by linear interpolation; the line is closed to a ring. */
function valueAt(line: Float64Array, position: number): number {
  const below = Math.floor(position);
  const share = position - below;
  const [left, right] = [line[below % line.length] ?? 0, line[(below + 1) % line.length] ?? 0];
  return share === 0 ? left : left + share * (right - left);
}

function wrap(position: number, length: number): number {
  return ((position % length) + length) % length;
}

function between(stream: RandomStream, low: number, high: number): number {
  return low + (high - low) * stream.uniform();
}
