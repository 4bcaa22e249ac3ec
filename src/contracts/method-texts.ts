import type { Graft, LearningRate, TraceSource } from './method-settings.ts';
import type { RunSpec } from './run-spec.ts';

/** A setting of a method in words. */
export interface MethodText {
  readonly name: string;
  readonly value: string;
}

/** The settings that only some methods take, in words, numbers as they were given; λ apart, which has a form of its own everywhere. */
export function methodTexts(spec: RunSpec): MethodText[] {
  const { sample, scale, approximation, radius, alpha, graft } = spec;
  return [
    ...(sample === undefined
      ? []
      : [{ name: 'Penalty on', value: sample === true ? 'one random micro-batch' : positionText(sample) }]),
    ...(scale === undefined ? [] : [{ name: 'Scale', value: scale }]),
    ...(approximation === undefined ? [] : [{ name: 'Finite differences', value: approximation }]),
    ...(radius === undefined ? [] : [{ name: 'Radius', value: String(radius) }]),
    ...(alpha === undefined ? [] : [{ name: 'α', value: String(alpha) }]),
    ...(graft === undefined ? [] : [{ name: 'Grafted norm', value: graftText(graft) }]),
  ];
}

/** A learning rate: a number as `format` writes it, or what it is the mean of. */
export function learningRateText(rate: LearningRate, format: (value: number) => string): string {
  return typeof rate === 'number' ? format(rate) : `mean of ${sourceText(rate.trace)}`;
}

function graftText(graft: Graft): string {
  if ('trace' in graft) return `recorded by ${sourceText(graft.trace)}, ${graft.mode}`;
  if (graft.norm === 'mean') return 'mean of the micro-batches';
  return graft.index === 'random' ? 'one random micro-batch' : positionText(graft.index);
}

function positionText(position: number): string {
  return `micro-batch ${String(position)} of a step`;
}

function sourceText(source: TraceSource): string {
  return 'run' in source ? `run ${source.run}` : source.file;
}
